# Effects nested in studies by metafor's rma.mv. Run from this folder, after meta_analysis.R.
source("source.R")
suppressMessages({library(metafor); library(clubSandwich)})
effects <- read.csv("../data/meta_effects.csv")
of <- function(name) { d <- subset(effects, set == name); d$esid <- seq_len(nrow(d)); d }
control <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000)
described <- function(m, d, profile = FALSE) {
  r <- robust(m, cluster = d$study, clubSandwich = TRUE); p <- length(m$beta)
  # Share of the variance at each level, by the projection matrix of the sampling covariance.
  W <- solve(m$V); X <- model.matrix(m); P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
  typical <- (m$k - m$p) / sum(diag(P))
  shown <- list(estimate = as.numeric(m$beta), se = m$se, statistic = m$zval, p = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub, sigma2 = m$sigma2, log_likelihood = as.numeric(logLik(m)),
    q = m$QE, q_p = m$QEp, i2 = 100 * m$sigma2 / (sum(m$sigma2) + typical), robust = list(se = r$se, df = as.numeric(r$dfs), p = as.numeric(r$pval)))
  if (p == 1) { predicted <- predict(m); shown$pi_low <- predicted$pi.lb; shown$pi_high <- predicted$pi.ub }
  if (profile) { ci <- confint(m, control = list(tol = 1e-9))
    shown$profile <- if (length(m$sigma2) > 1) lapply(seq_along(m$sigma2), function(j) unname(ci[[j]]$random[1, 2:3])) else list(unname(ci$random[1, 2:3])) }
  if (p > 1) { shown$qm <- m$QM; shown$qm_p <- m$QMp; shown$robust$f <- r$QM; shown$robust$f_df2 <- r$QMdf[2]; shown$robust$f_p <- r$QMp }
  shown
}
fits <- list()
for (name in c("assink2016", "konstantopoulos2011", "crede2010")) { d <- of(name)
  for (method in c("REML", "ML"))
    fits[[paste(name, "three-level", method)]] <- described(rma.mv(yi, vi, random = ~ 1 | study / esid, data = d, method = method, control = control), d, profile = method == "REML")
  for (rho in c(0, .4, .6, .8)) {
    V <- vcalc(vi, cluster = study, obs = esid, rho = rho, data = d)
    fits[[paste(name, "CHE", rho)]] <- described(rma.mv(yi, V, random = ~ 1 | study / esid, data = d, control = control), d, profile = rho == .6)
  }
  fits[[paste(name, "t")]] <- described(rma.mv(yi, vi, random = ~ 1 | study / esid, data = d, test = "t", dfs = "contain", control = control), d)
}
d <- of("assink2016")
fits[["assink2016 moderators"]] <- described(rma.mv(yi, vcalc(vi, cluster = study, obs = esid, rho = .6, data = d), mods = ~ x1 + x2, random = ~ 1 | study / esid, data = d, control = control), d)
# A moderator with three levels, which is constant within some studies and differs within others.
d <- of("assink2016"); d$kind <- c("a", "b", "c")[1 + (seq_len(nrow(d)) * 7 + as.integer(factor(d$study))) %% 3]
d$kind[d$study %in% unique(d$study)[1:6]] <- "a"
fits[["assink2016 levels"]] <- described(rma.mv(yi, vcalc(vi, cluster = study, obs = esid, rho = .6, data = d), mods = ~ kind, random = ~ 1 | study / esid, data = d, control = control), d)
fits[["assink2016 levels"]]$kind <- d$kind
d <- of("assink2016")
# One random effect only: between studies, and between effects.
fits[["assink2016 study only"]] <- described(rma.mv(yi, vi, random = ~ 1 | study, data = d, control = control), d)
save_reference(list(source = source_block("multilevel_meta_analysis.R", c("metafor", "clubSandwich", "jsonlite")), fits = fits), "multilevel_meta_analysis")
