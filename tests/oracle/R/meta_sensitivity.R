# Single studies and publication bias, by metafor where it has the method. Run from this folder, after meta_analysis.R.
source("source.R")
suppressMessages(library(metafor))
effects <- read.csv("../data/meta_effects.csv")
of <- function(name) subset(effects, set == name)
control <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-14)
fit <- function(name, method = "REML", test = "z", ...) rma(yi, vi, data = of(name), method = method, test = test, control = control, ...)
sets <- c("molloy2014", "cohen1981", "bcg", "alike")
settings <- list(c("REML", "z"), c("REML", "knha"), c("DL", "z"))
left <- influences <- cumulated <- list()
for (name in sets) for (s in settings) {
  m <- fit(name, s[1], s[2]); key <- paste(name, s[1], s[2])
  l <- leave1out(m); left[[key]] <- list(estimate = l$estimate, se = l$se, ci_low = l$ci.lb, ci_high = l$ci.ub, tau2 = l$tau2, q = l$Q, i2 = l$I2)
  i <- influence(m); influences[[key]] <- c(lapply(unclass(i$inf)[c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")], as.numeric), list(dfbetas = unname(as.matrix(as.data.frame(unclass(i$dfbs)[1]))), marked = i$is.infl))
  o <- order(of(name)$yi); cu <- cumul(rma(yi, vi, data = of(name)[o, ], method = s[1], test = s[2], control = control))
  cumulated[[key]] <- list(estimate = cu$estimate, se = cu$se, tau2 = cu$tau2, ci_low = cu$ci.lb)
}
two <- influence(rma(yi, vi, mods = ~ x1 + x2, data = of("bcg"), test = "knha", control = control))
influences[["bcg moderators"]] <- c(lapply(unclass(two$inf)[c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")], as.numeric), list(dfbetas = unname(as.matrix(as.data.frame(unclass(two$dfbs)[1:3]))), marked = two$is.infl))
eggers <- weighted <- pet <- limits <- filled <- selected <- list()
for (name in c(sets, "mcdaniel1994")) {
  d <- of(name)
  for (test in c("z", "knha")) { r <- regtest(fit(name, "REML", test), model = "rma", predictor = "sei"); f <- r$fit
    eggers[[paste(name, test)]] <- list(estimate = as.numeric(f$beta), se = f$se, statistic = f$zval, p = f$pval, tau2 = f$tau2) }
  r <- regtest(d$yi, d$vi, model = "lm"); a <- summary(lm(yi ~ sqrt(vi), weights = 1 / vi, data = d))$coefficients
  weighted[[name]] <- list(statistic = r$zval, p = r$pval, estimate = a[, 1], se = a[, 2], p_all = a[, 4])
  b <- summary(lm(yi ~ vi, weights = 1 / vi, data = d))$coefficients
  pet[[name]] <- list(pet = unname(a[1, ]), peese = unname(b[1, ]), peese_slope = unname(b[2, ]))
  # Ruecker et al. (2011) by R's lm: generalised radial plot, limit effects, Q of small studies.
  for (method in c("REML", "DL")) {
    tau2 <- fit(name, method)$tau2; s <- sqrt(d$vi + tau2); se <- sqrt(d$vi); k <- nrow(d)
    radial <- lm(I(yi / s) ~ I(1 / s), data = d); alpha <- unname(coef(radial)[1]); beta <- unname(coef(radial)[2])
    limit <- beta + sqrt(tau2 / s^2) * (d$yi - beta)
    plain <- lm(I(d$yi / se) ~ I(1 / se)); residual <- sum(residuals(plain)^2)
    limits[[paste(name, method)]] <- list(estimate = beta + sqrt(tau2) * alpha, se = 1 / sd(1 / se) / sqrt(k - 1), alpha = alpha, beta = beta,
      g2 = if (tau2 > 0) 1 - summary(lm(I(limit / se) ~ I(1 / se)))$r.squared else NA, q_residual = residual, q_small = fit(name, method)$QE - residual)
  }
  for (estimator in c("L0", "R0")) for (side in c("left", "right")) for (method in c("REML", "DL")) {
    t <- suppressWarnings(try(trimfill(fit(name, method), estimator = estimator, side = side, control = control), silent = TRUE))
    if (!inherits(t, "try-error")) filled[[paste(name, estimator, side, method)]] <- list(k0 = t$k0, se_k0 = t$se.k0, p = t$p.k0, estimate = as.numeric(t$beta), se = t$se, tau2 = t$tau2)
  }
  filled[[paste(name, "chosen")]] <- list(side = trimfill(fit(name))$side)
}
# Selection models: a made-up set with selection, and public ones.
set.seed(20261); v <- runif(400, .005, .15); y <- rnorm(400, .25, sqrt(v + .02)); keep <- (y / sqrt(v) > qnorm(.975)) | runif(400) < .25
selection <- data.frame(yi = round(y[keep], 4), vi = round(v[keep], 4))[1:60, ]
write.csv(selection, "../data/meta_selected.csv", row.names = FALSE)
models <- list(selected = list(selection, "greater", .025), selected_05 = list(selection, "greater", .05), molloy2014 = list(of("molloy2014"), "greater", .025), cohen1981 = list(of("cohen1981"), "greater", .025),
  mcdaniel1994 = list(of("mcdaniel1994"), "greater", .025), bcg = list(of("bcg"), "less", .025))
for (name in names(models)) { m <- models[[name]]
  base <- rma(yi, vi, data = m[[1]], method = "ML", control = control)
  s <- suppressWarnings(selmodel(base, type = "stepfun", alternative = m[[2]], steps = m[[3]], control = list(optimizer = "BFGS", reltol = 1e-15, maxit = 10000)))
  selected[[name]] <- list(estimate = as.numeric(s$beta), se = s$se, tau2 = s$tau2, se_tau2 = s$se.tau2, delta = s$delta[2], se_delta = s$se.delta[2], log_likelihood = as.numeric(logLik(s)), chi2 = s$LRT, p = s$LRTp, direction = m[[2]], step = m[[3]])
}
# p-curve by R's noncentral distributions: Simonsohn, Nelson and Simmons (2014, 2015).
results <- data.frame(family = c("t", "t", "F", "F", "chi2", "z", "r", "t", "z", "F", "t"), value = c(2.3, -3.1, 5.2, 4.1, 6.6, 2.05, .42, 2.9, 1.2, 9.8, 4.6),
  df1 = c(1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1), df2 = c(38, 60, 45, 88, NA, NA, 48, 25, NA, 102, 71))
upper <- function(r, ncp = NULL, x = NULL) { f <- switch(r$family, t = c(r$value^2, 1, r$df2), F = c(r$value, r$df1, r$df2), chi2 = c(r$value, r$df1, NA), z = c(r$value^2, 1, NA), r = c(r$value^2 * r$df2 / (1 - r$value^2), 1, r$df2))
  if (!is.null(x)) f[1] <- if (is.na(f[3])) qchisq(1 - x, f[2]) else qf(1 - x, f[2], f[3])
  if (is.null(ncp)) { if (is.na(f[3])) pchisq(f[1], f[2], lower.tail = FALSE) else pf(f[1], f[2], f[3], lower.tail = FALSE) }
  else { if (is.na(f[3])) 1 - pchisq(f[1], f[2], ncp) else 1 - pf(f[1], f[2], f[3], ncp) } }
stouffer <- function(pp) { z <- sum(qnorm(pmin(pmax(pp, 2.2e-16), 1 - 2.2e-16))) / sqrt(length(pp)); c(z, pnorm(z)) }
shift <- function(r, power) uniroot(function(n) upper(r, n, .05) - power, c(1e-10, 200), tol = 1e-13)$root
curve_of <- function(d) {
  rows <- split(d, seq_len(nrow(d))); p <- sapply(rows, upper); rows <- rows[p < .05]; p <- p[p < .05]; half <- p < .025
  n33 <- sapply(rows, shift, 1 / 3); above <- mapply(upper, rows, n33); beyond <- mapply(upper, rows, n33, MoreArgs = list(x = .025))
  z <- function(power) stouffer(mapply(function(r) (1 - upper(r, shift(r, power)) - (1 - power)) / power, rows))[1]
  at <- function(target) uniroot(function(w) z(w) - target, c(.0501, .99), tol = 1e-11)$root
  list(p = unname(p), right = stouffer(p / .05), right_half = stouffer(p[half] / .025), flat = stouffer((1 - above - 2 / 3) * 3),
    flat_half = stouffer(((1 - above) - (1 - beyond))[half] / beyond[half]), binomial_right = pbinom(sum(!half), length(p), .5), binomial_flat = pbinom(sum(half), length(p), mean(beyond * 3)), power = c(at(0), at(qnorm(.95)), at(qnorm(.05))))
}
out <- list(source = source_block("meta_sensitivity.R", c("metafor", "jsonlite")), left = left, influence = influences, cumulated = cumulated, egger = eggers, weighted = weighted, pet = pet,
  limit = limits, filled = filled, selected = selected, p_curve = c(list(results = results), curve_of(results)))
save_reference(out, "meta_sensitivity")
