# Declared choices of a synthesis of correlations, by metafor and clubSandwich. Run from this folder.
source("source.R")
suppressMessages({library(metafor); library(clubSandwich)})
# Ten made-up studies: correlation, people, reliabilities, year, study of several effects.
d <- data.frame(
  study = letters[1:10], r = c(.10, .25, .30, .42, .05, .20, .35, .15, .28, .50), n = c(50, 57, 64, 71, 78, 85, 92, 99, 106, 113),
  predictor = c(.85, .85, .80, .85, .90, .85, .85, .70, .85, .85), outcome = c(.90, .90, .90, .75, .90, .90, .90, .90, .85, .90),
  year = c(2001, 2004, 2003, 2010, 2007, 2002, 2012, 2009, 2003, 2015), of = c("a", "a", "b", "c", "c", "d", "e", "f", "f", "g"))
write.csv(d, "../data/synthesis_choices.csv", row.names = FALSE)
control <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-14)
shown <- function(m, back = FALSE) { f <- if (back) transf.ztor else identity
  list(estimate = f(as.numeric(m$beta)), se = m$se, p = m$pval, ci_low = f(m$ci.lb), ci_high = f(m$ci.ub), tau = sqrt(m$tau2)) }
z <- escalc(measure = "ZCOR", ri = r, ni = n, data = d)
# The corrected correlation as z; its variance by the delta method, z to r, corrected r to z.
correct <- function(a2) { rc <- d$r / sqrt(a2); data.frame(yi = transf.rtoz(rc), vi = as.numeric(z$vi) * (1 - d$r^2)^2 / a2 / (1 - rc^2)^2) }
corrected <- correct(d$predictor * d$outcome)
many <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000)
nested <- function(e, ...) { V <- vcalc(e$vi, cluster = d$of, obs = seq_len(nrow(d)), rho = .6)
  robust(rma.mv(e$yi, V, ..., random = ~ 1 | of / study, data = d, control = many), cluster = d$of, clubSandwich = TRUE) }
robustly <- function(m, back = FALSE) { f <- if (back) transf.ztor else identity
  list(estimate = f(as.numeric(m$beta)), se = m$se, df = as.numeric(m$dfs), p = m$pval, ci_low = f(m$ci.lb), ci_high = f(m$ci.ub)) }
all <- rma(yi, vi, data = z, test = "knha", control = control)
year <- list()
for (test in c("knha", "z")) { m <- rma(yi, vi, mods = ~ I(year / 10), data = z, test = test, control = control)
  year[[test]] <- c(shown(m), statistic = list(m$zval), r2 = m$R2) }
inf <- unclass(influence(all)$inf)[c("rstudent", "dffits", "cook.d", "hat")]
by_year <- order(d$year); cu <- cumul(rma(yi, vi, data = z[by_year, ], test = "knha", control = control))
subset <- rma(yi, vi, data = z, subset = year >= 2005, test = "knha", control = control)
save_reference(list(
  source = source_block("synthesis_choices.R", c("metafor", "clubSandwich", "jsonlite")),
  corrected = shown(rma(yi, vi, data = corrected, test = "knha", control = control), TRUE), corrected_nested = robustly(nested(correct(.85 * .90)), TRUE),
  year = year, year_nested = robustly(nested(data.frame(yi = z$yi, vi = z$vi), mods = ~ I(year / 10))),
  subset = shown(subset, TRUE), influence = lapply(inf, as.numeric), marked = influence(all)$is.infl,
  cumulated = list(study = d$study[by_year], estimate = transf.ztor(cu$estimate), ci_low = transf.ztor(cu$ci.lb), ci_high = transf.ztor(cu$ci.ub))
), "synthesis_choices")
