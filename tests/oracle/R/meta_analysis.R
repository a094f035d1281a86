# Meta-analyses of independent studies by metafor. Run from this folder; makes ../data/meta_effects.csv.
source("source.R")
suppressMessages(library(metafor))
made <- function(set, study, yi, vi, x1 = NA, x2 = NA, ni = NA)
  data.frame(set, study, effect = seq_along(yi), yi = as.numeric(yi), vi = as.numeric(vi), x1, x2, ni)
zcor <- function(d) escalc("ZCOR", ri = ri, ni = ni, data = d)
molloy <- zcor(dat.molloy2014); cohen <- zcor(dat.cohen1981); mcdaniel <- zcor(dat.mcdaniel1994)
crede <- zcor(subset(dat.crede2010, criterion == "grade" )); assink <- dat.assink2016; school <- dat.konstantopoulos2011
bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
# Made up: effects more alike than sampling error (tau2 = 0), and three studies far apart.
alike <- data.frame(yi = c(.21, .25, .18, .23, .22, .26), vi = c(.02, .015, .03, .01, .025, .04))
three <- data.frame(yi = c(-.4, .3, .9), vi = c(.02, .05, .01))
effects <- rbind(
  made("molloy2014", seq_len(nrow(molloy)), molloy$yi, molloy$vi, molloy$quality, molloy$meanage, molloy$ni),
  made("cohen1981", seq_len(nrow(cohen)), cohen$yi, cohen$vi, 1 * (cohen$control == "ext"), NA, cohen$ni),
  made("mcdaniel1994", mcdaniel$study, mcdaniel$yi, mcdaniel$vi, 1 * (mcdaniel$struct == "s"), match(mcdaniel$type, c("s", "j", "p")), mcdaniel$ni),
  made("crede2010", crede$studyid, crede$yi, crede$vi, crede$year - 2000, 1 * (crede$class == "science"), crede$ni),
  made("assink2016", assink$study, assink$yi, assink$vi, assink$year, 1 * (assink$deltype == "overt")),
  made("konstantopoulos2011", school$district, school$yi, school$vi, school$year - 1990),
  made("bcg", bcg$trial, bcg$yi, bcg$vi, bcg$ablat, bcg$year - 1960),
  made("alike", 1:6, alike$yi, alike$vi, 1:6), made("three", 1:3, three$yi, three$vi))
effects$yi <- as.numeric(sprintf("%.15g", effects$yi)); effects$vi <- as.numeric(sprintf("%.15g", effects$vi))
write.csv(format(effects, digits = 15, trim = TRUE), "../data/meta_effects.csv", row.names = FALSE, quote = FALSE)
of <- function(name) subset(effects, set == name)
control <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-14)
fitted_to <- function(m) {
  p <- if (m$int.only) predict(m) else NULL
  ci <- if (m$method %in% c("FE", "EE")) NULL else confint(m, control = list(tol = 1e-13, maxiter = 1e5))$random
  list(estimate = as.numeric(m$beta), se = m$se, statistic = m$zval, p = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub,
       tau2 = m$tau2, tau2_se = m$se.tau2, i2 = m$I2, h2 = m$H2, q = m$QE, q_p = m$QEp, log_likelihood = as.numeric(logLik(m)),
       pi_low = p$pi.lb, pi_high = p$pi.ub, intervals = if (!is.null(ci)) unname(ci[c(1, 3, 4), 2:3]),
       qm = m$QM, qm_p = m$QMp, r2 = m$R2)
}
methods <- c("REML", "ML", "DL", "PM", "SJ", "HE", "EE"); tests <- c("z", "knha", "adhoc")
average <- list()
for (name in c("molloy2014", "cohen1981", "mcdaniel1994", "bcg", "alike", "three")) for (method in methods) for (test in tests)
  average[[paste(name, method, test)]] <- fitted_to(rma(yi, vi, data = of(name), method = method, test = test, control = control))
# Sets whose studies have several effects, here as if these were independent.
for (name in c("crede2010", "assink2016", "konstantopoulos2011")) for (method in c("REML", "DL", "EE")) for (test in c("z", "knha"))
  average[[paste(name, method, test)]] <- fitted_to(rma(yi, vi, data = of(name), method = method, test = test, control = control))
regression <- list()
for (method in methods) for (test in tests) {
  regression[[paste("bcg both", method, test)]] <- fitted_to(rma(yi, vi, mods = ~ x1 + x2, data = of("bcg"), method = method, test = test, control = control))
  regression[[paste("molloy2014 both", method, test)]] <- fitted_to(rma(yi, vi, mods = ~ x1 + x2, data = of("molloy2014"), method = method, test = test, control = control))
  regression[[paste("mcdaniel1994 first", method, test)]] <- fitted_to(rma(yi, vi, mods = ~ x1, data = subset(of("mcdaniel1994"), !is.na(x1)), method = method, test = test, control = control))
}
predicted <- lapply(list(z = "z", knha = "knha"), function(test) {
  p <- predict(rma(yi, vi, mods = ~ x1 + x2, data = of("bcg"), test = test, control = control), newmods = rbind(c(30, 0), c(44, 12)))
  list(estimate = p$pred, se = p$se, ci_low = p$ci.lb, ci_high = p$ci.ub, pi_low = p$pi.lb, pi_high = p$pi.ub)
})
# Subgroups of mcdaniel1994 by type of interview: one variance between studies, and one each.
groups <- of("mcdaniel1994")
common <- lapply(list(z = "z", knha = "knha"), function(test) {
  m <- rma(yi, vi, mods = ~ 0 + factor(x2), data = groups, test = test, control = control)
  b <- rma(yi, vi, mods = ~ factor(x2), data = groups, test = test, control = control)
  list(estimate = as.numeric(m$beta), se = m$se, ci_low = m$ci.lb, ci_high = m$ci.ub, tau2 = m$tau2, qm = b$QM, qm_p = b$QMp, qe = b$QE)
})
separate <- lapply(list(z = "z", knha = "knha"), function(test) {
  parts <- lapply(split(groups, groups$x2), function(d) rma(yi, vi, data = d, test = test, control = control))
  b <- sapply(parts, function(m) as.numeric(m$beta)); s <- sapply(parts, function(m) m$se)
  g <- rma(b, sei = s, mods = ~ factor(1:3), method = "EE")
  list(estimate = unname(b), se = unname(s), tau2 = unname(sapply(parts, function(m) m$tau2)), qm = g$QM, qm_p = g$QMp)
})
# Clusters of effects: CR2 of clubSandwich on a random-effects model.
clustered <- function(name, mods) {
  d <- of(name); m <- if (mods) rma(yi, vi, mods = ~ x1 + x2, data = d, control = control) else rma(yi, vi, data = d, control = control)
  r <- robust(m, cluster = d$study, clubSandwich = TRUE)
  list(estimate = as.numeric(r$beta), se = r$se, df = as.numeric(r$dfs), p = as.numeric(r$pval), tau2 = r$tau2,
       f = if (mods) r$QM, f_df2 = if (mods) r$QMdf[2], f_p = if (mods) r$QMp)
}
out <- list(source = source_block("meta_analysis.R", c("metafor", "metadat", "clubSandwich", "jsonlite")),
  average = average, regression = regression, predicted = predicted, common = common, separate = separate,
  clustered = list(crede2010 = clustered("crede2010", FALSE), assink2016 = clustered("assink2016", FALSE), konstantopoulos2011 = clustered("konstantopoulos2011", FALSE), assink2016_mods = clustered("assink2016", TRUE)))
save_reference(out, "meta_analysis")
