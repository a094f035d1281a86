# Cluster-robust standard errors by clubSandwich. Run from this folder, after repeated_measures.R.
source("source.R")
suppressMessages({library(clubSandwich); library(AER); library(metafor)})
trial <- subset(read.csv("../data/trial.csv"), !is.na(score))
trial$arm <- factor(trial$arm, levels = c("wait", "cbt", "pdt"))
last <- do.call(rbind, by(trial, trial$patient, function(d) d[which.max(d$week), ]))
last$weight <- 1 + as.integer(sub("P", "", last$patient)) %% 4
last$variance <- 1 + as.integer(sub("P", "", last$patient)) %% 3
last$m <- 1 * (last$sex == "m")
described <- function(fit, cluster, joint, ...) {
  V <- vcovCR(fit, cluster = cluster, type = "CR2", ...)
  t <- coef_test(fit, vcov = V, test = "Satterthwaite", ...)
  k <- length(coef(fit)); C <- diag(k)[joint, , drop = FALSE]
  w <- Wald_test(fit, constraints = C, vcov = V, test = "HTZ")
  df <- if (is.null(t$df_Satt)) t$df else t$df_Satt; p <- if (is.null(t$p_Satt)) t$p_val else t$p_Satt
  list(estimates = unname(as.vector(coef(fit))), covariance = unname(as.matrix(V)), df = df, p = p, f = w$Fstat, df2 = w$df_denom, p_joint = w$p_val)
}
plain <- lm(score ~ arm + severity + m, last)
weighted <- lm(score ~ arm + severity + m, last, weights = weight)
single <- lm(score ~ arm + severity + m, last)
fixed <- lm(score ~ severity + m + factor(therapist), last)
effects <- data.frame(y = last$score[1:60] / 10, v = last$variance[1:60] / 20, study = rep(1:15, times = c(1:7, 1:7, 4)), x = last$severity[1:60])
meta <- rma(y, v, mods = ~ x, data = effects, method = "REML")
V <- impute_covariance_matrix(effects$v, effects$study, r = 0.6)
block <- rma.mv(y, V, mods = ~ x, data = effects)
# Treatment received: some of the arm do not begin, some of the others do.
two <- subset(last, arm != "pdt"); two$z <- 1 * (two$arm == "cbt"); number <- as.integer(sub("P", "", two$patient))
two$d <- ifelse(two$z == 1, 1 * (number %% 4 != 0), 1 * (number %% 9 == 0))
iv <- ivreg(score ~ d + severity | z + severity, data = two)
iv_plain <- ivreg(score ~ d | z, data = two)
complier <- function(fit, cluster) { V <- vcovCR(fit, cluster = cluster, type = "CR2"); t <- coef_test(fit, vcov = V, test = "Satterthwaite")
  list(estimate = unname(coef(fit)[2]), se = sqrt(V[2, 2]), df = if (is.null(t$df_Satt)) t$df[2] else t$df_Satt[2]) }
out <- list(
  source = source_block("cluster_robust.R", c("clubSandwich", "AER", "metafor", "jsonlite")),
  plain = described(plain, last$therapist, 2:3),
  weighted = described(weighted, last$therapist, 2:3),
  working = described(weighted, last$therapist, 2:3, target = last$variance, inverse_var = FALSE),
  single = described(single, last$patient, 2:3),
  fixed = { V <- vcovCR(fixed, cluster = last$therapist, type = "CR2"); t <- coef_test(fixed, vcov = V, test = "Satterthwaite", coefs = 2:3)
    list(estimates = unname(coef(fixed)[2:3]), covariance = unname(as.matrix(V)[2:3, 2:3]), df = if (is.null(t$df_Satt)) t$df else t$df_Satt) },
  meta = c(described(meta, effects$study, 2), list(tau2 = meta$tau2)),
  block = described(block, effects$study, 1:2),
  complier = complier(iv, two$therapist), complier_persons = complier(iv, two$patient), complier_plain = complier(iv_plain, two$therapist)
)
save_reference(out, "cluster_robust")
