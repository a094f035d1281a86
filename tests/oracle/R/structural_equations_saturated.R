# Chi-squares, SRMR and scaling of two-level models against saturated models fitted as models: lavaan stops the EM of
# its own saturated model early (1e-5 in the log-likelihood). Run from this folder after structural_equations.R.
source("source.R")
suppressMessages(library(lavaan))
models <- jsonlite::fromJSON("../expected/structural_equations.json")$fits
known <- list(latent = c("twolevel", "cluster"), latent_equal = c("twolevel", "cluster"), within_between = c("twolevel", "cluster"), serial = c("alliance", "ther"), serial_full = c("alliance", "ther"))
out <- list(source = source_block("structural_equations_saturated.R", c("lavaan", "jsonlite")))
all_pairs <- function(v) paste(unlist(lapply(seq_along(v), function(i) paste(v[i], "~~", paste(v[i:length(v)], collapse = " + ")))), collapse = "\n ")
residual <- function(fit, saturated, level) {
  a <- lavInspect(fit, "implied")[[level]]$cov; s <- lavInspect(saturated, "implied")[[level]]$cov; s <- s[rownames(a), colnames(a)]
  r <- (s - a) / sqrt(outer(diag(s), diag(s)))
  sqrt(mean(r[lower.tri(r, diag = TRUE)]^2))
}
for (name in names(known)) {
  rows <- read.csv(paste0("../data/", known[[name]][1], ".csv")); cluster <- known[[name]][2]
  run <- function(model) suppressWarnings(sem(model, rows, cluster = cluster, fixed.x = FALSE, estimator = "MLR", control = list(rel.tol = 1e-14, iter.max = 2000), optim.force.converged = TRUE))
  fit <- run(models[[name]]$model)
  names_of <- lapply(lavInspect(fit, "implied"), function(m) rownames(m$cov))
  saturated <- run(paste("level: 1\n", all_pairs(names_of[[1]]), "\nlevel: 2\n", all_pairs(names_of[[2]])))
  df <- models[[name]]$fit$df
  trace <- function(f) sum(diag(solve(lavInspect(f, "information.observed"), lavInspect(f, "information.first.order"))))
  out$fits[[name]] <- list(df = df, chi2 = 2 * as.numeric(logLik(saturated) - logLik(fit)), srmr_within = residual(fit, saturated, 1), srmr_between = residual(fit, saturated, 2),
    # lavaan gives no information for equal parameters here
    scaling = if (df > 0 && name != "latent_equal") (trace(saturated) - trace(fit)) / df)
  cat(name, unlist(out$fits[[name]]), "\n")
}
save_reference(out, "structural_equations_saturated")
