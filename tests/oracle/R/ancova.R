# Posttest on pretest and x in data/dyads.csv: lm, HC3, adjusted means, permutations, bootstrap.
# Run from this folder. Needs data/bootstrap_indices.csv (resampling.R).
source("source.R")
library(sandwich)
dyads <- read.csv("../data/dyads.csv")
ci <- function(estimate, se, df) estimate + c(-1, 1) * qt(0.975, df) * se
without <- function(values, rows) resid(lm(values ~ rows$pretest))

# Base R's own HC3, against which sandwich is held.
hc3 <- function(fit) {
  X <- model.matrix(fit)
  bread <- solve(crossprod(X))
  bread %*% crossprod(X * (resid(fit) / (1 - hatvalues(fit)))) %*% bread
}
tested <- function(fit, name) {
  V <- vcovHC(fit, type = "HC3")
  stopifnot(all.equal(unname(V), unname(hc3(fit)), tolerance = 1e-12))
  row <- summary(fit)$coefficients[name, ]
  df <- fit$df.residual
  se <- sqrt(V[name, name])
  list(slope = row[[1]], se = row[[2]], t = row[[3]], p_two_tailed = row[[4]], df = df, n = nobs(fit),
       ci_95 = ci(row[[1]], row[[2]], df), hc3_se = se, hc3_t = row[[1]] / se,
       hc3_p_two_tailed = 2 * pt(-abs(row[[1]] / se), df), hc3_ci_95 = ci(row[[1]], se, df))
}

rows <- na.omit(dyads[, c("pretest", "posttest", "mindful")])
names(rows)[3] <- "x"
fit <- lm(posttest ~ pretest + x, rows)
partial <- cor(without(rows$posttest, rows), without(rows$x, rows))
covariate <- c(tested(fit, "x"), list(
  partial_r = partial,
  partial_r_ci_95 = tanh(atanh(partial) + c(-1, 1) * qnorm(0.975) / sqrt(nrow(rows) - 4)),
  semipartial_r = cor(rows$posttest, without(rows$x, rows)),
  added_r_squared = summary(fit)$r.squared - summary(lm(posttest ~ pretest, rows))$r.squared,
  pretest_r = cor(rows$x, rows$pretest),
  standardised_slope = unname(coef(lm(scale(posttest) ~ scale(pretest) + scale(x), rows))[3])
))
full <- list(
  coefficients = unname(coef(fit)), se = unname(sqrt(diag(vcov(fit)))),
  hc3_se = unname(sqrt(diag(vcovHC(fit, type = "HC3")))), residual = unname(resid(fit)),
  leverage = unname(hatvalues(fit)), r_squared = summary(fit)$r.squared
)

# Two conditions at the mean pretest of all.
groups <- na.omit(dyads[, c("pretest", "posttest", "condition")])
levels <- sort(unique(groups$condition))
groups$first <- as.numeric(groups$condition == levels[1])
of_groups <- lm(posttest ~ pretest + first, groups)
expected <- predict(of_groups, data.frame(pretest = mean(groups$pretest), first = c(1, 0)),
                    se.fit = TRUE, interval = "confidence")
within <- resid(lm(cbind(pretest, posttest) ~ first, groups))
s <- sqrt(colSums(within^2) / (nrow(groups) - 2))
baseline <- -diff(tapply(groups$pretest, groups$condition, mean)[levels])[[1]]
d <- coef(of_groups)[["first"]] / s[["posttest"]]
n <- nrow(groups)
variance <- vcov(of_groups)["first", "first"] / s[["posttest"]]^2 + d^2 / (2 * (n - 2)) +
  2 * d * coef(of_groups)[["pretest"]] * baseline * sigma(of_groups)^2 / ((n - 2) * s[["posttest"]]^3)
conditions <- c(tested(of_groups, "first"), list(
  means = unname(expected$fit[, 1]), means_se = unname(expected$se.fit),
  first_ci_95 = unname(expected$fit[1, 2:3]), second_ci_95 = unname(expected$fit[2, 2:3]),
  observed = unname(c(tapply(groups$posttest, groups$condition, mean)[levels])),
  pretest = unname(c(tapply(groups$pretest, groups$condition, mean)[levels])),
  d = d, d_se = sqrt(variance), d_ci_95 = ci(d, sqrt(variance), n - 3),
  baseline_d = baseline / s[["pretest"]]
))

# Reliability .8: normal equations with the pretest's variance lowered; jackknife by leaving out.
corrected <- function(rows, reliability) {
  S <- cov(rows)
  S["pretest", "pretest"] <- reliability * S["pretest", "pretest"]
  solve(S[c("pretest", "x"), c("pretest", "x")], S[c("pretest", "x"), "posttest"])[["x"]]
}
left_out <- sapply(seq_len(nrow(rows)), function(i) corrected(rows[-i, ], 0.8))
m <- nrow(rows)
reliability <- list(slope = corrected(rows, 0.8), n = m,
                    se = sqrt((m - 1) / m * sum((left_out - mean(left_out))^2)))

# Freedman and Lane: t of x for all orders of the residuals of seven dyads.
seven <- rows[1:7, ]
orders <- function(v) {
  if (length(v) == 1) return(matrix(v))
  do.call(rbind, lapply(seq_along(v), function(i) cbind(v[i], orders(v[-i]))))
}
reduced <- lm(posttest ~ pretest, seven)
t_of_x <- function(y) {
  own <- lm.fit(cbind(1, seven$pretest, seven$x), y)
  V <- sum(own$residuals^2) / 4 * chol2inv(own$qr$qr[1:3, 1:3])
  own$coefficients[[3]] / sqrt(V[3, 3])
}
observed <- t_of_x(seven$posttest)
stopifnot(all.equal(observed, summary(lm(posttest ~ pretest + x, seven))$coefficients[3, 3]))
ts <- apply(orders(1:7), 1, function(i) t_of_x(fitted(reduced) + resid(reduced)[i]))
permutation <- list(t = observed, n = 7, two_tailed = mean(abs(ts) >= abs(observed) - 1e-9),
                    greater = mean(ts >= observed - 1e-9), less = mean(ts <= observed + 1e-9))

# The draws of boot in bootstrap_indices.csv for the first 25 dyads, means in place of missing scores;
# observe, which some of them lack, is the x of the residual gain.
library(boot)
partial_of <- function(frame) {
  cor(without(frame$posttest, frame), without(frame$x, frame))
}
gain_of <- function(frame) {
  gain <- without(frame$posttest, frame)
  known <- !is.na(frame$x)
  cor(gain[known], frame$x[known])
}
drawn <- as.matrix(read.csv("../data/bootstrap_indices.csv", header = FALSE)) + 1
resampled <- function(frame, statistic) {
  estimate <- statistic(frame)
  replicates <- apply(drawn, 1, function(i) statistic(frame[i, ]))
  jack <- (nrow(frame) - 1) *
    (estimate - sapply(seq_len(nrow(frame)), function(i) statistic(frame[-i, ])))
  made <- structure(list(t0 = estimate, t = matrix(replicates), R = nrow(drawn), data = frame,
                         sim = "ordinary", stype = "i", call = quote(boot(R = 999)),
                         statistic = function(f, i) statistic(f[i, ]), strata = rep(1, nrow(frame)),
                         weights = rep(1 / nrow(frame), nrow(frame))), class = "boot")
  list(estimate = estimate, se = sd(replicates), n = nrow(frame), samples = nrow(drawn),
       bca_95 = boot.ci(made, type = "bca", L = jack)$bca[4:5])
}
imputed <- dyads[seq_len(ncol(drawn)), ]
for (name in c("pretest", "posttest")) {
  imputed[[name]][is.na(imputed[[name]])] <- mean(dyads[[name]], na.rm = TRUE)
}
with_x <- function(name) setNames(imputed[, c("pretest", "posttest", name)], c("pretest", "posttest", "x"))

pairs <- na.omit(dyads[, c("pretest", "posttest")])
save_reference(list(
  source = source_block("ancova.R", c("boot", "jsonlite", "sandwich")),
  covariate = covariate, regression = full, conditions = conditions, reliability = reliability,
  simple = tested(lm(posttest ~ pretest, pairs), "pretest"), permutation = permutation,
  partial_bootstrap = resampled(with_x("mindful"), partial_of),
  gain_bootstrap = resampled(with_x("observe"), gain_of)
), "ancova")
