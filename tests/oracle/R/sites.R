# Sites of data/dyads.csv pooled from all rows: lm with and without a dummy per site, correlations,
# residual gain, adjusted conditions; alpha of made-up items of three sites.
# Run from this folder.
source("source.R")
dyads <- read.csv("../data/dyads.csv")
dyads$site <- factor(dyads$site)
ci <- function(estimate, se, df) estimate + c(-1, 1) * qt(0.975, df) * se
tested <- function(fit, name) {
  row <- summary(fit)$coefficients[name, ]
  df <- fit$df.residual
  list(estimate = row[[1]], se = row[[2]], t = row[[3]], p_two_tailed = row[[4]], df = df, n = nobs(fit),
       ci_95 = ci(row[[1]], row[[2]], df))
}
correlated <- function(x, y, held) {
  n <- length(x)
  r <- cor(x, y)
  df <- n - 2 - held
  t <- r * sqrt(df / (1 - r^2))
  list(r = r, df = df, n = n, p_two_tailed = 2 * pt(-abs(t), df),
       ci_95 = tanh(atanh(r) + c(-1, 1) * qnorm(0.975) / sqrt(n - held - 3)))
}
complete <- function(names) na.omit(dyads[, c(names, "site")])
rows <- complete(c("mindful", "pretest", "posttest"))
change <- complete(c("pretest", "posttest"))
pair <- complete(c("mindful", "alliance"))
within <- function(values, rows) resid(lm(values ~ site, rows))
held <- nlevels(droplevels(pair$site)) - 1
gain <- function(formula) {
  fit <- lm(formula, change)
  rows$posttest - predict(fit, rows)
}
arms <- complete(c("condition", "pretest", "posttest"))
arms <- arms[arms$condition %in% c("BRT", "CBT"), ]
arms$first <- as.numeric(arms$condition == "BRT")
set.seed(7)
items <- matrix(sample(0:4, 40 * 6, TRUE), 40) + sample(0:2, 40, TRUE)
save_reference(list(
  source = source_block("sites.R", c("jsonlite", "psych")),
  pooled = list(
    covariance = tested(lm(posttest ~ pretest + mindful, rows), "mindful"),
    gain_slope = tested(lm(posttest ~ pretest, change), "pretest"),
    intercept = tested(lm(posttest ~ pretest, change), "(Intercept)"),
    arms = tested(lm(posttest ~ pretest + first, arms), "first")
  ),
  within = list(
    covariance = tested(lm(posttest ~ pretest + mindful + site, rows), "mindful"),
    gain_slope = tested(lm(posttest ~ pretest + site, change), "pretest"),
    arms = tested(lm(posttest ~ pretest + first + site, arms), "first")
  ),
  correlations = list(
    pooled = correlated(pair$mindful, pair$alliance, 0),
    within = correlated(within(pair$mindful, pair), within(pair$alliance, pair), held),
    gain = correlated(rows$mindful, gain(posttest ~ pretest), 0)
  ),
  alpha = list(items = items, alpha = psych::alpha(items, warnings = FALSE)$total$raw_alpha)
), "sites")
