# Odds ratios of trials pooled by metafor: dat.bcg of metadat, and the same with an empty cell. Makes
# data/bcg.csv. Run from this folder.
source("source.R")
suppressMessages(library(metafor))
bcg <- metadat::dat.bcg
tables <- data.frame(study = paste(bcg$author, bcg$year), event_arm1 = bcg$tpos, totaln_arm1 = bcg$tpos + bcg$tneg,
  event_arm2 = bcg$cpos, totaln_arm2 = bcg$cpos + bcg$cneg)
write.csv(tables, "../data/bcg.csv", row.names = FALSE, quote = FALSE)
pooled <- function(d, method = "REML", test = "knha") {
  e <- escalc(measure = "OR", ai = event_arm1, n1i = totaln_arm1, ci = event_arm2, n2i = totaln_arm2, data = d)
  m <- rma(yi, vi, data = e, method = method, test = test, control = list(threshold = 1e-14, maxiter = 10000))
  p <- predict(m)
  of_studies <- summary(e)
  list(estimates = as.numeric(e$yi), variances = as.numeric(e$vi), low = exp(of_studies$ci.lb), high = exp(of_studies$ci.ub),
    or = exp(as.numeric(m$beta)), se = m$se, p = m$pval, ci = exp(c(m$ci.lb, m$ci.ub)), prediction = exp(c(p$pi.lb, p$pi.ub)),
    tau = sqrt(m$tau2), i2 = m$I2, q = m$QE)
}
empty <- tables; empty$event_arm1[2] <- 0; empty$event_arm2[7] <- 0
save_reference(list(source = source_block("odds_ratios.R", c("metafor", "metadat", "jsonlite")),
  bcg = pooled(tables), bcg_dl = pooled(tables, "DL", "z"), bcg_empty = pooled(empty)), "odds_ratios")
