# Structured residuals by nlme's gls and lme. Run from this folder; needs data/serial.csv (serial.R).
source("source.R")
source("kenward_roger.R")
library(nlme)
serial <- read.csv("../data/serial.csv")
serial$arm <- factor(serial$arm, levels = c("tau", "cbt", "pdt"))
serial$occ <- factor(serial$occasion)
described <- function(fit) {
  fixed <- if (inherits(fit, "lme")) fixef(fit) else coef(fit)
  V <- vcov(fit)
  structures <- fit$modelStruct
  found <- list(estimates = as.list(fixed), covariance = unname(V), logLik = as.numeric(logLik(fit)),
                sigma = fit$sigma, n_parameters = attr(logLik(fit), "df"))
  if (!is.null(structures$corStruct)) found$correlation <- as.list(unname(coef(structures$corStruct, unconstrained = FALSE)))
  if (!is.null(structures$varStruct)) found$ratio <- as.list(coef(structures$varStruct, unconstrained = FALSE))
  if (inherits(fit, "lme")) found$random <- lapply(as.matrix(structures$reStruct), function(m) unname(m * fit$sigma^2))
  found
}
control <- glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 1000, returnObject = TRUE)
lmecontrol <- lmeControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 1000, returnObject = TRUE)
formula <- y ~ day * arm + pretest
both <- function(make) list(REML = described(make("REML")), ML = described(make("ML")))
g <- function(correlation = NULL, weights = NULL) both(function(method)
  gls(formula, serial, correlation = correlation, weights = weights, method = method, control = control))
l <- function(random, correlation = NULL, weights = NULL) both(function(method)
  lme(formula, serial, random = random, correlation = correlation, weights = weights, method = method, control = lmecontrol))
patients <- split(seq_len(nrow(serial)), serial$patient)
place <- function(make) { # block diagonal matrix from one block per patient
  full <- matrix(0, nrow(serial), nrow(serial))
  for (rows in patients) full[rows, rows] <- make(rows)
  full
}
adjusted <- function(structure) {
  fit <- gls(formula, serial, correlation = structure$correlation, weights = structure$weights, control = control)
  sds <- if (is.null(structure$weights)) rep(fit$sigma, nrow(serial)) else fit$sigma / varWeights(fit$modelStruct$varStruct)
  if (is.null(structure$correlation)) V <- diag(sds^2)
  else { V <- place(function(rows) corMatrix(fit$modelStruct$corStruct)[[as.character(serial$patient[rows[1]])]]); V <- V * outer(sds, sds) }
  occasions <- 1:6
  pairs <- combn(6, 2, simplify = FALSE)
  between <- function(a, b) place(function(rows) { o <- serial$occasion[rows]; 1 * (outer(o == a, o == b) | outer(o == b, o == a)) })
  variances <- if (is.null(structure$weights)) list(diag(nrow(serial))) else lapply(occasions, function(o) diag(1 * (serial$occasion == o)))
  covariances <- switch(structure$kind, none = list(), one = list(place(function(rows) 1 - diag(length(rows)))),
                        all = lapply(pairs, function(pair) between(pair[1], pair[2])))
  kenward_roger(model.matrix(formula, serial), V, c(variances, covariances))[c("se", "df")]
}
out <- list(
  source = source_block("mixed_models_residual.R", c("nlme", "jsonlite")),
  independent = g(),
  car1 = g(corCAR1(0.8, ~ day | patient)),
  ar1 = g(corAR1(0.3, ~ occasion | patient)),
  ar1_order = g(corAR1(0.3, ~ 1 | patient)),
  compound_symmetry = g(corCompSymm(0.3, ~ 1 | patient)),
  unstructured = g(corSymm(form = ~ occasion | patient)),
  variances = g(NULL, varIdent(form = ~ 1 | occ)),
  mmrm = g(corSymm(form = ~ occasion | patient), varIdent(form = ~ 1 | occ)),
  ar1_variances = g(corAR1(0.3, ~ occasion | patient), varIdent(form = ~ 1 | occ)),
  therapist_car1 = l(~ 1 | therapist, corCAR1(0.8, ~ day | therapist/patient)),
  patient_ar1 = l(~ 1 | patient, corAR1(0.3, ~ occasion | patient)),
  slopes_variances = l(~ day | patient, NULL, varIdent(form = ~ 1 | occ)),
  nested_variances = l(list(therapist = ~ 1, patient = ~ 1), NULL, varIdent(form = ~ 1 | arm))
)
out$kenward_roger <- list(
  variances = adjusted(list(kind = "none", weights = varIdent(form = ~ 1 | occ))),
  compound_symmetry = adjusted(list(kind = "one", correlation = corCompSymm(0.3, ~ 1 | patient))),
  unstructured = adjusted(list(kind = "all", correlation = corSymm(form = ~ occasion | patient))),
  mmrm = adjusted(list(kind = "all", correlation = corSymm(form = ~ occasion | patient), weights = varIdent(form = ~ 1 | occ))))
save_reference(out, "mixed_models_residual")
