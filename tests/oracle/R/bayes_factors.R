# Bayes factors of correlations and t tests, power of correlations. Run from this folder.
source("source.R")
suppressMessages({library(BayesFactor); library(pwr)})
corr <- read.csv("../data/corr.csv")
# 2F1(1/2, 1/2; c; x) by its series, for the exact density of r (Hotelling, 1953).
hyper <- function(c, x) sapply(x, function(z) {
  term <- 1; total <- 1
  for (j in 0:5000) {
    term <- term * (0.5 + j)^2 / (c + j) / (j + 1) * z
    total <- total + term
    if (abs(term) < 1e-17 * abs(total)) break
  }
  total
})
exact <- function(r, n, scale) {
  likelihood <- function(rho) (1 - rho^2)^((n - 1) / 2) * (1 - rho * r)^(1.5 - n) * hyper(n - 0.5, (1 + rho * r) / 2)
  posterior <- function(rho) likelihood(rho) * dbeta((rho + 1) / 2, 1 / scale, 1 / scale) / 2 / likelihood(0)
  mass <- function(low, high) integrate(posterior, low, high, rel.tol = 1e-12, abs.tol = 0, subdivisions = 5000)$value
  above <- mass(0, 1); below <- mass(-1, 0)
  list(r = r, n = n, scale = scale, two_sided = above + below, greater = 2 * above, less = 2 * below)
}
grid <- expand.grid(r = c(-0.5, -0.1, 0, 0.3, 0.6, 0.85), n = c(4, 20, 26, 60), scale = c(1/3, 1/sqrt(3), 1))
package <- function(x, y, scale) {
  fit <- correlationBF(y = y, x = x, rscale = scale)
  sided <- extractBF(correlationBF(y = y, x = x, rscale = scale, nullInterval = c(0, 1)), onlybf = TRUE)
  list(r = cor(x, y), n = length(x), scale = scale, two_sided = extractBF(fit, onlybf = TRUE),
       greater = sided[1], less = sided[2])
}
t_test <- function(t, n1, n2) list(t = t, n_first = n1, n_second = n2,
  bf = exp(ttest.tstat(t = t, n1 = n1, n2 = n2, rscale = sqrt(2) / 2)$bf))
detectable <- function(n, power, level, tailed) {
  side <- if (tailed == 2) "two.sided" else "greater"
  gap <- function(r) pwr.r.test(n = n, r = r, sig.level = level, alternative = side)$power - power
  list(n = n, power = power, level = level, tailed = tailed,
       r = uniroot(gap, c(1e-6, 1 - 1e-9), tol = 1e-14)$root)
}
powers <- expand.grid(n = c(4, 10, 20, 25, 26, 50, 150), power = c(0.8, 0.95), level = c(0.05, 0.01), tailed = c(1, 2))
save_reference(list(
  source = source_block("bayes_factors.R", c("BayesFactor", "pwr", "jsonlite")),
  correlation_exact = mapply(exact, grid$r, grid$n, grid$scale, SIMPLIFY = FALSE),
  correlation_package = list(package(corr$empathy, corr$bond, 1), package(corr$empathy, corr$symp, 1),
    package(corr$empathy, corr$age, 1), package(corr$empathy, corr$bond, 1/3), package(corr$empathy, corr$symp, 1/sqrt(3))),
  t_test = list(t_test(0.85, 12, 13), t_test(0.04, 12, 13), t_test(-2.5, 12, 14), t_test(3.5, 20, 20), t_test(6, 40, 60)),
  detectable = mapply(detectable, powers$n, powers$power, powers$level, powers$tailed, SIMPLIFY = FALSE)
), "bayes_factors")
