# Response surface and truth and bias in data/rated_dyads.csv: lm, HC3 of sandwich, delta method of
# car. Run from this folder.
source("source.R")
suppressMessages({library(car); library(sandwich)})
dyads <- read.csv("../data/rated_dyads.csv")

tested <- function(estimate, se, df) {
  list(estimate = estimate, se = se, t = estimate / se, p_two_tailed = 2 * pt(-abs(estimate / se), df),
       ci_95 = estimate + c(-1, 1) * qt(0.975, df) * se)
}
features <- c(
  a1 = "b1 + b2", a2 = "b3 + b4 + b5", a3 = "b1 - b2", a4 = "b3 - b4 + b5", a5 = "b3 - b5",
  stationary_x = "(b2 * b4 - 2 * b1 * b5) / (4 * b3 * b5 - b4^2)",
  stationary_y = "(b1 * b4 - 2 * b2 * b3) / (4 * b3 * b5 - b4^2)",
  p11 = "(b5 - b3 + sqrt((b3 - b5)^2 + b4^2)) / b4",
  p21 = "(b5 - b3 - sqrt((b3 - b5)^2 + b4^2)) / b4"
)
features["p10"] <- sprintf("%s - %s * %s", features["stationary_y"], features["p11"], features["stationary_x"])
features["p20"] <- sprintf("%s - %s * %s", features["stationary_y"], features["p21"], features["stationary_x"])
surface <- function(centre, robust, covariate) {
  rows <- na.omit(dyads[, c("outcome", "patient", "therapist_report", if (covariate) "age")])
  x <- rows$patient - centre(rows); y <- rows$therapist_report - centre(rows)
  terms <- cbind(x, y, x^2, x * y, y^2)
  fit <- if (covariate) lm(rows$outcome ~ terms + rows$age) else lm(rows$outcome ~ terms)
  V <- if (robust) vcovHC(fit, type = "HC3") else vcov(fit)
  names(fit$coefficients) <- paste0("b", seq_along(coef(fit)) - 1)
  dimnames(V) <- list(names(coef(fit)), names(coef(fit)))
  of_surface <- lapply(features, function(text) {
    found <- deltaMethod(coef(fit), text, vcov. = V)
    tested(found$Estimate, found$SE, fit$df.residual)
  })
  c(list(coefficients = unname(coef(fit)), se = unname(sqrt(diag(V))), n = nrow(rows), df = fit$df.residual,
         centre = centre(rows), r_squared = summary(fit)$r.squared),
    unlist(of_surface, recursive = FALSE))
}
midpoint <- function(rows) 4
grand <- function(rows) mean(c(rows$patient, rows$therapist_report))

judged <- function(data, bias_centre, robust) {
  truth <- data$patient - mean(data$patient); judgement <- data$therapist_report - mean(data$patient)
  bias <- data$own - (if (bias_centre == "truth") mean(data$patient) else mean(data$own))
  fit <- if (bias_centre == "none") lm(judgement ~ truth) else lm(judgement ~ truth + bias)
  V <- if (robust) vcovHC(fit, type = "HC3") else vcov(fit)
  names <- c("directional_bias", "truth_force", "bias_force")[seq_along(coef(fit))]
  of_force <- lapply(seq_along(names), function(i) tested(coef(fit)[[i]], sqrt(V[i, i]), fit$df.residual))
  c(list(n = nobs(fit), df = fit$df.residual, truth_mean = mean(data$patient)),
    unlist(setNames(of_force, names), recursive = FALSE))
}
pairs <- na.omit(dyads[, c("patient", "therapist_report", "own")])
save_reference(list(
  source = source_block("congruence.R", c("car", "sandwich", "jsonlite")),
  surfaces = list(
    midpoint = surface(midpoint, FALSE, FALSE), midpoint_hc3 = surface(midpoint, TRUE, FALSE),
    grand_mean = surface(grand, FALSE, FALSE), grand_mean_age = surface(grand, TRUE, TRUE)
  ),
  forces = list(
    none = judged(pairs, "none", FALSE), bias = judged(pairs, "bias", FALSE),
    truth = judged(pairs, "truth", FALSE), bias_hc3 = judged(pairs, "bias", TRUE)
  )
), "congruence")
