# Jackknife intervals by refits, d without pooling, equivalence tests, skewness. Run from this folder.
source("source.R")
dyads <- read.csv("../data/dyads.csv")
items <- read.csv("../data/items.csv")
set.seed(1) # of the further starting values of factanal
items$i03 <- 8 - items$i03; items$i10 <- 8 - items$i10

# Standard error and degrees of freedom of values without one dyad; held: measures held constant.
jackknife <- function(values, held = 0) {
  n <- length(values); squares <- (values - mean(values))^2
  kurtosis <- n * sum(squares^2) / sum(squares)^2
  list(se = sqrt((n - 1) / n * sum(squares)),
       df = 2 / (2 / (n - 1 - held) + max(0, kurtosis - 3) / n))
}
# Interval on a transformed scale, brought back; slope: derivative of the inverse.
interval <- function(estimate, values, inverse, derivative, coverage, held = 0) {
  found <- jackknife(values, held)
  limits <- inverse(estimate + c(-1, 1) * qt(0.5 + coverage / 2, found$df) * found$se)
  list(se = derivative * found$se, df = found$df, low = min(limits), high = max(limits))
}
correlation <- function(x, y, held = NULL, coverage = 0.95) {
  ok <- complete.cases(cbind(x, y, held)); x <- x[ok]; y <- y[ok]
  k <- if (is.null(held)) 0 else NCOL(held)
  if (k) held <- as.matrix(held)[ok, , drop = FALSE]
  estimate <- function(rows) {
    if (!k) return(cor(x[rows], y[rows]))
    cor(resid(lm(x[rows] ~ held[rows, ])), resid(lm(y[rows] ~ held[rows, ])))
  }
  all <- seq_along(x); r <- estimate(all)
  without <- sapply(all, function(i) estimate(all[-i]))
  interval(atanh(r), atanh(without), tanh, 1 - r^2, coverage, k)
}
# Sandwich interval of r: the estimating functions of the regressions of v on u and of u on v (package
# sandwich), HC3 by the larger leverage. Without leverages it must be the variance from fourth-order
# moments (Steiger & Hakstian, 1982).
sandwich_r <- function(x, y, held = NULL, coverage = 0.95) {
  ok <- complete.cases(cbind(x, y, held)); x <- x[ok]; y <- y[ok]; n <- length(x)
  k <- if (is.null(held)) 0 else NCOL(held)
  if (k) held <- as.matrix(held)[ok, , drop = FALSE]
  rest <- function(z) if (k) resid(lm(z ~ held)) else z - mean(z)
  standard <- function(z) z / sqrt(mean(z^2))
  u <- standard(rest(x)); v <- standard(rest(y)); r <- mean(u * v)
  influence <- (sandwich::estfun(lm(v ~ 0 + u)) + sandwich::estfun(lm(u ~ 0 + v)))[, 1] / 2
  m <- function(a, b) mean(u^a * v^b)
  moments <- m(2, 2) + r^2 / 4 * (m(4, 0) + m(0, 4) + 2 * m(2, 2)) - r * (m(3, 1) + m(1, 3))
  stopifnot(all.equal(mean(influence^2), moments, tolerance = 1e-12))
  leverage <- function(a, b) hatvalues(if (k) lm(b ~ a + held) else lm(b ~ a))
  h <- pmax(leverage(x, y), leverage(y, x))
  se <- sqrt(sum((influence / (1 - h))^2)) / n / (1 - r^2); df <- n - 2 - k
  limits <- tanh(atanh(r) + c(-1, 1) * qt(0.5 + coverage / 2, df) * se)
  list(se = (1 - r^2) * se, df = df, low = limits[1], high = limits[2])
}
slope <- function(x, y) {
  ok <- complete.cases(x, y); x <- x[ok]; y <- y[ok]; all <- seq_along(x)
  estimate <- function(rows) unname(coef(lm(y[rows] ~ x[rows]))[2])
  interval(estimate(all), sapply(all, function(i) estimate(all[-i])), identity, 1, 0.95, 1)
}
alpha <- function(data) {
  s <- cov(data); k <- ncol(data)
  k / (k - 1) * (1 - sum(diag(s)) / sum(s))
}
omega <- function(data) {
  s <- cov(data)
  fit <- factanal(covmat = s, factors = 1, n.obs = nrow(data), rotation = "none",
                  control = list(nstart = 3, opt = list(factr = 100, pgtol = 0, maxit = 10000)))
  loading <- abs(as.numeric(fit$loadings)) * sqrt(diag(s)); unique <- fit$uniquenesses * diag(s)
  sum(loading)^2 / (sum(loading)^2 + sum(unique))
}
reliability <- function(estimate, data, coverage = 0.95) {
  value <- estimate(data)
  without <- sapply(seq_len(nrow(data)), function(i) estimate(data[-i, ]))
  interval(log(1 - value), log(1 - without), function(t) 1 - exp(t), 1 - value, coverage)
}
# Asymptotically distribution-free standard error of alpha: its derivative by the covariances
# and their asymptotic covariance matrix from fourth-order moments (Maydeu-Olivares et al., 2007).
alpha_adf_se <- function(data) {
  n <- nrow(data); k <- ncol(data); centred <- scale(data, scale = FALSE)
  s <- crossprod(centred) / n; total <- sum(s); own <- sum(diag(s))
  derivative <- k / (k - 1) * (own / total^2 * matrix(1, k, k) - diag(k) / total)
  products <- apply(centred, 1, function(d) as.vector(d %o% d))
  gamma <- products %*% t(products) / n - as.vector(s) %o% as.vector(s)
  sqrt(as.numeric(t(as.vector(derivative)) %*% gamma %*% as.vector(derivative)) / n)
}
unpooled <- function(first, second, coverage = 0.95) {
  v <- c(var(first), var(second)); df <- c(length(first), length(second)) - 1; s <- sqrt(mean(v))
  d <- (mean(first) - mean(second)) / s
  se <- sqrt(d^2 * sum(v^2 / df) / (8 * s^4) + sum(v / df) / s^2)
  list(d = d, se = se, ci = d + c(-1, 1) * qnorm(0.5 + coverage / 2) * se)
}
equivalence <- function(first, second, bound, pooled) {
  above <- t.test(first, second, mu = -bound, alternative = "greater", var.equal = pooled)
  below <- t.test(first, second, mu = bound, alternative = "less", var.equal = pooled)
  ci <- t.test(first, second, var.equal = pooled, conf.level = 0.90)$conf.int[1:2]
  list(t_above = unname(above$statistic), p_above = above$p.value, t_below = unname(below$statistic),
       p_below = below$p.value, p = max(above$p.value, below$p.value), df = unname(above$parameter), ci = ci)
}
groups <- function(measure) {
  values <- dyads[[measure]]
  first <- values[dyads$condition == "BRT" & !is.na(values)]
  second <- values[dyads$condition == "CBT" & !is.na(values)]
  n <- c(length(first), length(second)); v <- c(var(first), var(second))
  pooled_sd <- sqrt(sum((n - 1) * v) / (sum(n) - 2))
  list(unpooled = unpooled(first, second), unpooled_90 = unpooled(first, second, 0.90),
       pooled_half_sd = equivalence(first, second, pooled_sd / 2, TRUE),
       welch_half_sd = equivalence(first, second, sqrt(mean(v)) / 2, FALSE),
       welch_raw = equivalence(first, second, 3, FALSE))
}
skewness <- function(x) {
  x <- x[!is.na(x)]; n <- length(x); d <- x - mean(x)
  sqrt(n * (n - 1)) / (n - 2) * mean(d^3) / mean(d^2)^1.5
}
measures <- c("mindful", "observe", "alliance", "rating", "posttest")
save_reference(list(
  source = source_block("robust_intervals.R", c("jsonlite", "sandwich")),
  correlations = list(
    mindful_alliance = correlation(dyads$mindful, dyads$alliance),
    observe_rating_90 = correlation(dyads$observe, dyads$rating, coverage = 0.90),
    mindful_posttest_pretest = correlation(dyads$mindful, dyads$posttest, dyads$pretest),
    mindful_posttest_two = correlation(dyads$mindful, dyads$posttest, dyads[, c("pretest", "observe")])
  ),
  sandwich = list(
    mindful_alliance = sandwich_r(dyads$mindful, dyads$alliance),
    observe_rating_90 = sandwich_r(dyads$observe, dyads$rating, coverage = 0.90),
    mindful_posttest_pretest = sandwich_r(dyads$mindful, dyads$posttest, dyads$pretest),
    mindful_posttest_two = sandwich_r(dyads$mindful, dyads$posttest, dyads[, c("pretest", "observe")])
  ),
  slopes = list(posttest_pretest = slope(dyads$pretest, dyads$posttest)),
  alphas = list(complete = reliability(alpha, items), short_90 = reliability(alpha, items[1:40, 1:4], 0.90)),
  omegas = list(complete = reliability(omega, items), short = reliability(omega, items[1:60, 5:9])),
  alpha_adf_se = alpha_adf_se(as.matrix(items)),
  groups = sapply(measures, groups, simplify = FALSE),
  skewness = sapply(measures, function(name) skewness(dyads[[name]]), simplify = FALSE)
), "robust_intervals")
