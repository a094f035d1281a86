# Linear mixed models by lme4, lmerTest and pbkrtest. Run from this folder; data/ratings.csv and
# data/serial.csv are made by serial.R, data/growth3*.csv are simulated growth curves.
source("source.R")
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest)})
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-10, maxfun = 1e5), check.conv.singular = "ignore")
described <- function(formula, rows, reml, kr = reml, joint = NULL) {
  fit <- lmerTest::lmer(formula, rows, REML = reml, control = tight)
  table <- summary(fit, ddf = "Satterthwaite")$coefficients
  variances <- as.data.frame(VarCorr(fit))
  found <- list(
    reml = reml, n = nobs(fit), groups = as.list(summary(fit)$ngrps), estimates = as.list(fixef(fit)), se = unname(table[, 2]),
    covariance = unname(as.matrix(vcov(fit))), satterthwaite = unname(table[, "df"]), p = unname(table[, "Pr(>|t|)"]),
    logLik = as.numeric(logLik(fit)), sigma = sigma(fit), n_parameters = attr(logLik(fit), "df"), aic = AIC(fit), bic = BIC(fit),
    singular = isSingular(fit), random = lapply(VarCorr(fit), function(m) unname(matrix(m, nrow(m)))))
  if (kr) {
    table <- summary(fit, ddf = "Kenward-Roger")$coefficients
    found$kenward_roger <- list(se = unname(table[, 2]), df = unname(table[, "df"]))
  }
  if (!is.null(joint)) {
    L <- diag(length(fixef(fit)))[joint, , drop = FALSE]
    f <- contestMD(fit, L)
    found$joint <- list(columns = joint - 1, f = f[["F value"]], df2 = f$DenDF, p = f[["Pr(>F)"]])
    if (kr) {
      k <- KRmodcomp(as(fit, "lmerMod"), L)$test["Ftest", ]
      found$joint_kr <- list(f = k$stat, df2 = k$ddf, p = k$p.value, scaling = k$F.scaling)
    }
  }
  found
}
formulas <- list(M1 = y ~ time * alli + train + (1 + time | pat) + (1 | ther), M1r = y ~ time + alli + train + (1 + time | pat) + (1 | ther),
  M2 = y ~ time * alli + train + (1 + time | pat), M3 = y ~ time * alli + train + (1 + time | pat) + (1 + time | ther),
  M4 = y ~ time * alli + train + (1 + time || pat) + (1 | ther), M5 = y ~ time * alli + train + (1 | ther/pat),
  M6 = y ~ time * alli * train + (1 + time | pat) + (1 + time | ther))
data <- list(bal = read.csv("../data/growth3.csv"), unbal = read.csv("../data/growth3_unbal.csv"), small = read.csv("../data/growth3_small.csv"))
sleep <- read.csv("../data/sleepstudy.csv")
out <- list(source = source_block("mixed_models.R", c("lme4", "lmerTest", "pbkrtest", "jsonlite")))
for (name in names(data)) for (model in names(formulas)) for (reml in c(TRUE, FALSE))
  out$fits[[paste(name, model, if (reml) "REML" else "ML", sep = "_")]] <-
    described(formulas[[model]], data[[name]], reml, kr = reml && (name == "small" || model %in% c("M1", "M4")), joint = c(2, 3))
for (reml in c(TRUE, FALSE)) out$fits[[paste("sleep", "S", if (reml) "REML" else "ML", sep = "_")]] <-
  described(Reaction ~ Days + (Days | Subject), sleep, reml, joint = c(1, 2))
# Factors, missing values, powers, singular fits, crossed factors.
u <- data$unbal
u$tx <- factor(c("CBT", "PDT", "TAU")[(as.integer(factor(u$pat)) %% 3) + 1], levels = c("TAU", "CBT", "PDT"))
few <- u[u$ther %in% unique(u$ther)[41:46] & u$time < 3, ]
holes <- u; holes$alli[seq(7, nrow(u), 16)] <- NA
ratings <- read.csv("../data/ratings.csv")
serial <- read.csv("../data/serial.csv"); serial$arm <- factor(serial$arm, levels = c("tau", "cbt", "pdt"))
out$edge <- list(
  factor = described(y ~ time * tx + train + (1 + time | pat) + (1 | ther), u, TRUE, joint = 6:7),
  power = described(y ~ time + I(time^2) + alli + (1 + time | pat) + (1 | ther), u, TRUE, kr = FALSE),
  singular = described(y ~ time + (1 + time | pat) + (1 + time | ther), few, TRUE, kr = FALSE),
  missing = described(y ~ time * alli + (1 + time | pat) + (1 | ther), holes, TRUE, kr = FALSE),
  empty = described(y ~ 1 + (1 | ther/pat), u, TRUE, kr = FALSE),
  crossed = described(y ~ session + (1 | patient) + (1 | rater), ratings, TRUE),
  crossed_nested = described(y ~ session + (1 | site/patient) + (1 | rater), ratings, TRUE),
  crossed_slopes = described(y ~ session + (1 | patient) + (1 + session | rater), ratings, FALSE),
  days = described(y ~ day * arm + pretest + (1 + day | patient), serial, TRUE, joint = c(6, 7)))
# Likelihood ratios.
fit <- function(formula, rows, reml) lme4::lmer(formula, rows, REML = reml, control = tight)
ratio <- function(small, large, rows, reml) {
  found <- anova(fit(small, rows, reml), fit(large, rows, reml), refit = FALSE)
  list(chi2 = found$Chisq[2], df = found$Df[2], p = found[["Pr(>Chisq)"]][2])
}
out$ratios <- list(fixed = ratio(formulas$M1r, formulas$M1, u, FALSE), variance = ratio(formulas$M1, formulas$M3, u, TRUE))
# Empirical Bayes estimates with their conditional standard deviations, fitted values, residuals.
m <- fit(formulas$M3, data$small, TRUE)
effects <- ranef(m, condVar = TRUE)
out$modes <- c(lapply(effects, function(e) list(
  groups = rownames(e), modes = unname(as.matrix(e)), se = t(sqrt(apply(attr(e, "postVar"), 3, diag))))),
  list(fitted = unname(fitted(m)), population = unname(predict(m, re.form = NA))))
crossed <- ranef(fit(y ~ session + (1 | patient) + (1 | rater), ratings, TRUE), condVar = TRUE)
out$modes_crossed <- lapply(crossed, function(e) list(modes = e[[1]], se = sqrt(attr(e, "postVar")[1, 1, ])))
# Profile intervals of standard deviations and correlations (of the ML fit, as lme4 does).
profiled <- function(formula, rows) {
  limits <- confint(profile(fit(formula, rows, FALSE), which = "theta_", signames = FALSE, delta.cutoff = 1/20), level = 0.95)
  list(names = rownames(limits), low = unname(limits[, 1]), high = unname(limits[, 2]))
}
out$profile <- list(unbal_M1 = profiled(formulas$M1, u), sleep = profiled(Reaction ~ Days + (Days | Subject), sleep))
save_reference(out, "mixed_models")
