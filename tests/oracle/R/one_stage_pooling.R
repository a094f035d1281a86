# Slopes pooled over cohorts by lme4, lmerTest and pbkrtest, and in two stages by metafor. Makes
# data/pooled_cohorts.csv: five made-up cohorts; the slopes of column alike differ less than their
# standard errors make them. Run from this folder.
source("source.R")
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(metafor)})
set.seed(7141)
sizes <- c(A = 24, B = 60, C = 41, D = 15, E = 33)
slopes <- c(.1, .45, .3, .7, .2)
rows <- do.call(rbind, lapply(seq_along(sizes), function(j) {
  x <- round(rnorm(sizes[j], 20 + 2 * j, 5 + j / 2), 1)
  data.frame(cohort = names(sizes)[j], x = x, y = round(5 + j + slopes[j] * x + rnorm(sizes[j], 0, 4 + j / 3), 1)) }))
near <- c(A = .40, B = .45, C = .35, D = .42, E = .38)
rows$alike <- round(unsplit(lapply(split(rows, rows$cohort), function(d)
  near[d$cohort] * d$x + resid(lm(rnorm(nrow(d), 0, 4) ~ d$x))), rows$cohort), 1)
write.csv(rows, "../data/pooled_cohorts.csv", row.names = FALSE)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-10, maxfun = 1e5), check.conv.singular = "ignore")
centred <- do.call(rbind, lapply(split(rows, rows$cohort), function(d) transform(d, x = x - mean(x))))
scaled <- do.call(rbind, lapply(split(rows, rows$cohort), function(d) transform(d, x = as.numeric(scale(x)), y = as.numeric(scale(y)))))
described <- function(formula, d) {
  fit <- lmerTest::lmer(formula, d, control = tight)
  shown <- list(sigma = sigma(fit), slope_sd = { v <- as.data.frame(VarCorr(fit)); v$sdcor[v$var1 %in% "x"] })
  for (ddf in c("Satterthwaite", "Kenward-Roger")) {
    t <- summary(fit, ddf = ddf)$coefficients["x", ]; q <- qt(.975, t[["df"]])
    shown[[tolower(sub("-", "_", ddf))]] <- list(estimate = t[["Estimate"]], se = t[["Std. Error"]], df = t[["df"]], p_two_tailed = t[["Pr(>|t|)"]],
      ci_low = t[["Estimate"]] - q * t[["Std. Error"]], ci_high = t[["Estimate"]] + q * t[["Std. Error"]])
  }
  shown
}
two_stage <- function(d, test = "knha") {
  each <- t(sapply(split(d, d$cohort), function(own) coef(summary(lm(y ~ x, own)))["x", 1:2]))
  m <- rma(each[, 1], sei = each[, 2], method = "REML", test = test, control = list(threshold = 1e-12, maxiter = 1000))
  list(slopes = unname(each[, 1]), ses = unname(each[, 2]), estimate = as.numeric(m$beta), se = m$se, p_two_tailed = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub, tau = sqrt(m$tau2))
}
# Knapp and Hartung's interval would be shorter than Wald's, so that the ad hoc variance is taken.
levelled <- transform(centred, y = alike)
alike <- two_stage(levelled, "adhoc")
plain <- two_stage(levelled); wald <- two_stage(levelled, "z")
stopifnot(plain$ci_high - plain$ci_low < wald$ci_high - wald$ci_low)
save_reference(list(source = source_block("one_stage_pooling.R", c("lme4", "lmerTest", "pbkrtest", "metafor", "jsonlite")),
  one_stage = list(raw_random = described(y ~ x + (1 | cohort) + (0 + x | cohort), centred), raw_fixed = described(y ~ 0 + cohort + x + (0 + x | cohort), centred),
    standardised_random = described(y ~ 0 + x + (0 + x | cohort), scaled)),
  two_stage = list(raw = two_stage(centred), standardised = two_stage(scaled)), alike = alike), "one_stage_pooling")
