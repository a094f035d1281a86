# Structured residuals by nlme's gls and lme, the larger ones driven to the maximum. Run from this folder; needs data/serial.csv (serial.R).
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
# nlme's search stops early where there are many parameters: from there Fisher scoring, by dense matrices, to the maximum.
# parts: sigma, ratio (other occasions to the first), correlation (of occasions, or phi), random (variances and covariance of a line).
X <- model.matrix(formula, serial); same <- outer(serial$patient, serial$patient, "==")
covariance_of <- function(parts, structure) {
  sds <- parts$sigma * (if (is.null(parts$ratio)) rep(1, nrow(serial)) else c(`1` = 1, parts$ratio)[as.character(serial$occasion)]); C <- diag(6)
  if (structure == "unstructured") { C[lower.tri(C)] <- parts$correlation; C <- C + t(C) - diag(6) }
  if (structure == "ar1") C <- parts$correlation^abs(outer(1:6, 1:6, "-"))
  V <- same * outer(sds, sds) * (if (structure == "none") diag(nrow(serial)) else C[serial$occasion, serial$occasion])
  if (is.null(parts$random)) return(V)
  Z <- cbind(1, serial$day)
  V + same * (Z %*% matrix(parts$random[c(1, 2, 2, 3)], 2) %*% t(Z))
}
likelihood_at <- function(V, method) {
  W <- chol2inv(chol(V)); C <- solve(t(X) %*% W %*% X); beta <- as.vector(C %*% t(X) %*% W %*% serial$y); r <- serial$y - X %*% beta
  df <- nrow(X) - if (method == "REML") ncol(X) else 0
  restricted <- if (method == "REML") as.numeric(determinant(C)$modulus) else 0
  list(W = W, C = C, beta = beta, value = -(df * log(2 * pi) + as.numeric(determinant(V)$modulus) - restricted + sum(r * (W %*% r))) / 2)
}
refined <- function(found, method, structure) {
  start <- Filter(length, list(sigma = found$sigma, ratio = unlist(found$ratio), correlation = unlist(found$correlation),
    random = if (!is.null(found$random)) as.matrix(found$random[[1]])[c(1, 2, 4)]))
  theta <- unlist(start); V_at <- function(theta) covariance_of(relist(theta, start), structure)
  for (round in 1:100) {
    at <- likelihood_at(V_at(theta), method); Wy <- at$W %*% (serial$y - X %*% at$beta)
    P <- if (method == "REML") at$W - at$W %*% X %*% at$C %*% t(X) %*% at$W else at$W
    D <- lapply(seq_along(theta), function(i) { h <- 1e-5 * max(abs(theta[i]), 1e-2) * (seq_along(theta) == i); (V_at(theta + h) - V_at(theta - h)) / (2 * sum(h)) })
    PD <- lapply(D, function(d) P %*% d)
    score <- sapply(seq_along(D), function(i) (sum(Wy * (D[[i]] %*% Wy)) - sum(diag(PD[[i]]))) / 2)
    information <- sapply(PD, function(a) sapply(PD, function(b) sum(a * t(b)) / 2))
    step <- solve(information, score); theta <- theta + step
    if (max(abs(step) / pmax(abs(theta), 1e-2)) < 1e-9) break
  }
  stopifnot(round < 100); V <- V_at(theta); at <- likelihood_at(V, method); parts <- relist(theta, start)
  # Never below nlme's maximum, and the same one.
  stopifnot(at$value > found$logLik - 1e-9, at$value < found$logLik + 1e-7)
  found$estimates <- as.list(setNames(at$beta, names(found$estimates))); found$logLik <- at$value; found$sigma <- unname(parts$sigma)
  # As gls gives it: divided by n - p whatever the method.
  found$covariance <- unname(at$C) * (if (method == "ML" && is.null(found$random)) nrow(X) / (nrow(X) - ncol(X)) else 1)
  if (!is.null(found$correlation)) found$correlation <- as.list(unname(parts$correlation))
  if (!is.null(found$ratio)) found$ratio <- as.list(parts$ratio)
  if (!is.null(found$random)) found$random[[1]] <- matrix(parts$random[c(1, 2, 2, 3)], 2)
  found
}
to_the_maximum <- function(fits, structure) list(REML = refined(fits$REML, "REML", structure), ML = refined(fits$ML, "ML", structure))
adjusted <- function(structure) {
  fit <- gls(formula, serial, correlation = structure$correlation, weights = structure$weights, control = control)
  sds <- if (is.null(structure$weights)) rep(fit$sigma, nrow(serial)) else fit$sigma / varWeights(fit$modelStruct$varStruct)
  if (is.null(structure$correlation)) V <- diag(sds^2)
  else { V <- place(function(rows) corMatrix(fit$modelStruct$corStruct)[[as.character(serial$patient[rows[1]])]]); V <- V * outer(sds, sds) }
  if (!is.null(structure$to)) {
    found <- refined(described(fit), "REML", structure$to)
    V <- covariance_of(list(sigma = found$sigma, ratio = unlist(found$ratio), correlation = unlist(found$correlation)), structure$to)
  }
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
  unstructured = to_the_maximum(g(corSymm(form = ~ occasion | patient)), "unstructured"),
  variances = to_the_maximum(g(NULL, varIdent(form = ~ 1 | occ)), "none"),
  mmrm = to_the_maximum(g(corSymm(form = ~ occasion | patient), varIdent(form = ~ 1 | occ)), "unstructured"),
  ar1_variances = to_the_maximum(g(corAR1(0.3, ~ occasion | patient), varIdent(form = ~ 1 | occ)), "ar1"),
  therapist_car1 = l(~ 1 | therapist, corCAR1(0.8, ~ day | therapist/patient)),
  patient_ar1 = l(~ 1 | patient, corAR1(0.3, ~ occasion | patient)),
  slopes_variances = to_the_maximum(l(~ day | patient, NULL, varIdent(form = ~ 1 | occ)), "none"),
  nested_variances = l(list(therapist = ~ 1, patient = ~ 1), NULL, varIdent(form = ~ 1 | arm))
)
out$kenward_roger <- list(
  variances = adjusted(list(kind = "none", to = "none", weights = varIdent(form = ~ 1 | occ))),
  compound_symmetry = adjusted(list(kind = "one", correlation = corCompSymm(0.3, ~ 1 | patient))),
  unstructured = adjusted(list(kind = "all", to = "unstructured", correlation = corSymm(form = ~ occasion | patient))),
  mmrm = adjusted(list(kind = "all", to = "unstructured", correlation = corSymm(form = ~ occasion | patient), weights = varIdent(form = ~ 1 | occ))))
save_reference(out, "mixed_models_residual")
