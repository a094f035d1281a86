# Risks, their differences and ratios; cluster variances by clubSandwich, ratios of independent risks by
# metafor. Run from this folder, after repeated_measures.R.
source("source.R")
suppressMessages(library(clubSandwich))
tables <- list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(10, 10, 0, 20), c(0, 29, 0, 31), c(1, 45, 5, 44), c(133, 400, 160, 420))
wilson <- function(x, n, level) as.vector(suppressWarnings(prop.test(x, n, conf.level = level, correct = FALSE)$conf.int))
two <- function(t, level = 0.95) {
  p <- c(t[1] / t[2], t[3] / t[4]); w1 <- wilson(t[1], t[2], level); w2 <- wilson(t[3], t[4], level); d <- p[1] - p[2]
  list(counts = t, level = level, first = w1, second = w2, exact_first = as.vector(binom.test(t[1], t[2], conf.level = level)$conf.int),
       difference = d, ci = d + c(-1, 1) * c(sqrt((p[1] - w1[1])^2 + (w2[2] - p[2])^2), sqrt((w1[2] - p[1])^2 + (p[2] - w2[1])^2)),
       p = fisher.test(matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2))$p.value)
}
trial <- subset(read.csv("../data/trial.csv"), !is.na(score) & arm != "pdt")
last <- do.call(rbind, by(trial, trial$patient, function(d) d[which.max(d$week), ]))
last$event <- 1 * (last$score < 20); last$cbt <- 1 * (last$arm == "cbt")
last$shared <- as.integer(sub("P", "", last$patient)) %% 11
of_arm <- function(d) { fit <- lm(event ~ 1, d); k <- length(unique(d$therapist)); vcovCR(fit, d$therapist, "CR0")[1, 1] * k / (k - 1) }
nested_se <- sqrt(of_arm(subset(last, cbt == 1)) + of_arm(subset(last, cbt == 0)))
fit <- lm(event ~ cbt, last); k <- length(unique(last$shared))
clustered <- function(se, df) { d <- unname(coef(fit)[2]); list(estimate = d, se = se, df = df, p = 2 * pt(-abs(d / se), df), ci = d + c(-1, 1) * qt(0.975, df) * se) }
ratio <- function(t, level = 0.95) {
  one <- metafor::escalc("RR", ai = t[1], n1i = t[2], ci = t[3], n2i = t[4], add = 0, to = "none")
  list(counts = t, level = level, ratio = exp(as.numeric(one$yi)), log_se = sqrt(one$vi), ci = exp(as.numeric(one$yi) + c(-1, 1) * qnorm(0.5 + level / 2) * sqrt(one$vi)))
}
# The log of a risk is the coefficient of a Poisson regression, which is iterated to its end.
tight <- glm.control(epsilon = 1e-15, maxit = 100)
log_of_arm <- function(d) { fit <- glm(event ~ 1, poisson, d, control = tight); k <- length(unique(d$therapist)); vcovCR(fit, d$therapist, "CR0")[1, 1] * k / (k - 1) }
log_fit <- glm(event ~ cbt, poisson, last, control = tight)
clustered_ratio <- function(se, df) { b <- unname(coef(log_fit)[2]); list(ratio = exp(b), log_se = se, df = df, ci = exp(b + c(-1, 1) * qt(0.975, df) * se)) }
out <- list(
  source = source_block("risk_differences.R", c("clubSandwich", "metafor", "jsonlite")),
  tables = c(lapply(tables, two), list(two(tables[[1]], 0.99))),
  nested = clustered(nested_se, length(unique(last$therapist)) - 2),
  crossed = clustered(sqrt(vcovCR(fit, last$shared, "CR0")[2, 2] * k / (k - 1)), k - 1),
  ratios = c(lapply(tables[c(1, 2, 5, 6)], ratio), list(ratio(tables[[1]], 0.99))),
  nested_ratio = clustered_ratio(sqrt(log_of_arm(subset(last, cbt == 1)) + log_of_arm(subset(last, cbt == 0))), length(unique(last$therapist)) - 2),
  crossed_ratio = clustered_ratio(sqrt(vcovCR(log_fit, last$shared, "CR0")[2, 2] * k / (k - 1)), k - 1)
)
save_reference(out, "risk_differences")
