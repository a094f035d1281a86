# What fixed.x = TRUE, lavaan's default, changes in a path model of complete data. Run from this folder after
# structural_equations.R, which makes data/alliance.csv.
source("source.R")
suppressMessages(library(lavaan))
rows <- read.csv("../data/alliance.csv")
model <- "bond ~ a*emp + train\n symp ~ b*bond + c*emp\n ind := a*b"
out <- list(source = source_block("structural_equations_fixed_x.R", c("lavaan", "jsonlite")), model = model)
for (errors in c("standard", "robust")) {
  estimator <- if (errors == "robust") "MLR" else "ML"
  fit <- sem(model, rows, fixed.x = TRUE, meanstructure = TRUE, estimator = estimator, information = "observed",
    control = list(rel.tol = 1e-14, iter.max = 2000))
  table <- parameterEstimates(fit)
  table <- table[!is.na(table$z), c("lhs", "op", "rhs", "est", "se")]
  measures <- fitMeasures(fit, c("chisq", "df", "cfi", "rmsea", "srmr", "logl", "npar", "aic", "bic"))
  out$fits[[errors]] <- list(parameters = table, fit = as.list(measures))
}
missing <- rows
missing$emp[seq(1, nrow(rows), 10)] <- NA
fit <- sem(model, missing, fixed.x = TRUE, missing = "fiml")
out$used_with_missing_x <- list(rows = nrow(missing), without_x = sum(is.na(missing$emp)), used = lavInspect(fit, "nobs"))
save_reference(out, "structural_equations_fixed_x")
