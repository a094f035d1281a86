# Conditional mean imputation under reference-based assumptions by joint distributions (Carpenter,
# Roger & Kenward, 2013), its jackknife, and Rubin's rules by mice. Run from this folder, after
# repeated_measures.R. EM is written out; gls checks that it finds the maximum of the likelihood.
source("source.R")
suppressMessages({library(nlme); library(mice)})
trial <- read.csv("../data/trial.csv"); arms <- c("wait", "cbt", "pdt")
wide <- reshape(trial[, c("patient", "therapist", "arm", "severity", "week", "score")], direction = "wide", idvar = c("patient", "therapist", "arm", "severity"), timevar = "week")
wide <- wide[order(wide$patient), ]; Y <- as.matrix(wide[, c("severity", "score.0", "score.4", "score.8", "score.12")])
em <- function(Y) { p <- ncol(Y); mu <- colMeans(Y, na.rm = TRUE); S <- diag(apply(Y, 2, var, na.rm = TRUE))
  for (round in 1:20000) { T1 <- 0; T2 <- 0
    for (i in seq_len(nrow(Y))) { o <- !is.na(Y[i, ]); y <- Y[i, ]; C <- matrix(0, p, p)
      if (any(!o)) { B <- if (any(o)) S[!o, o, drop = FALSE] %*% solve(S[o, o]) else NULL
        y[!o] <- mu[!o] + if (any(o)) B %*% (y[o] - mu[o]) else 0
        C[!o, !o] <- S[!o, !o] - if (any(o)) B %*% S[o, !o] else 0 }
      T1 <- T1 + y; T2 <- T2 + outer(y, y) + C }
    new <- T1 / nrow(Y); NS <- T2 / nrow(Y) - outer(new, new); step <- max(abs(new - mu), abs(NS - S)); mu <- new; S <- NS
    if (step < 1e-7) break }
  list(mu = mu, S = S) }
before <- 2 # severity and baseline
# Joint mean and covariance of a person of arm a who deviates after column k.
joint <- function(fit, a, strategy, k) {
  own <- fit[[a]]; ref <- fit[["wait"]]; p <- length(own$mu)
  if (strategy == "missing_at_random" || a == "wait") return(own)
  if (strategy == "copy_reference") return(ref)
  pre <- 1:k; post <- if (k < p) (k + 1):p else integer(0); mu <- own$mu
  mu[post] <- ref$mu[post] + if (strategy == "copy_increments") own$mu[k] - ref$mu[k] else 0
  S <- own$S
  if (length(post)) { B <- ref$S[post, pre] %*% solve(ref$S[pre, pre])
    S[post, pre] <- B %*% own$S[pre, pre]; S[pre, post] <- t(S[post, pre])
    S[post, post] <- ref$S[post, post] - B %*% ref$S[pre, post] + B %*% own$S[pre, pre] %*% t(B) }
  list(mu = mu, S = S) }
expected <- function(y, d) { o <- !is.na(y); if (all(o)) return(y); y[!o] <- d$mu[!o] + d$S[!o, o, drop = FALSE] %*% solve(d$S[o, o], y[o] - d$mu[o]); y }
complete <- function(fit, strategy, Y, arm) t(sapply(seq_len(nrow(Y)), function(i) {
  y <- Y[i, ]; seen <- which(!is.na(y)); k <- max(seen, before)
  # Visits missing before the last seen one, as in the person's own arm.
  gaps <- expected(y, fit[[arm[i]]]); y[seq_len(k)] <- gaps[seq_len(k)]
  expected(y, joint(fit, arm[i], strategy, k)) }))
contrasts <- function(Z, arm) unname(coef(lm(Z[, 5] ~ factor(arm, levels = arms) + Z[, 1:2]))[2:3])
strategies <- c("missing_at_random", "jump_to_reference", "copy_increments", "copy_reference")
fits <- sapply(arms, function(a) em(Y[wide$arm == a, ]), simplify = FALSE)
likelihood <- sapply(arms, function(a) { d <- subset(trial, arm == a & !is.na(score)); d$visit <- match(d$week, c(0, 4, 8, 12))
  as.numeric(logLik(gls(score ~ factor(week), d, correlation = corSymm(form = ~ visit | patient), weights = varIdent(form = ~ 1 | visit), method = "ML", control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 1000)))) })
scores <- sapply(arms, function(a) { X <- Y[wide$arm == a, -1]; X <- X[rowSums(!is.na(X)) > 0, ]; f <- em(X)
  sum(sapply(seq_len(nrow(X)), function(i) { o <- !is.na(X[i, ]); r <- X[i, o] - f$mu[o]; S <- f$S[o, o, drop = FALSE]; -0.5 * (sum(o) * log(2 * pi) + log(det(S)) + sum(r * solve(S, r))) })) })
stopifnot(max(abs(likelihood - scores)) < 1e-4)
jackknife <- function(strategy) { # stratified by arm
  total <- 0
  for (a in arms) { own <- which(wide$arm == a); values <- sapply(own, function(i) { f <- fits; f[[a]] <- em(Y[setdiff(own, i), ]); keep <- -i
      contrasts(complete(f, strategy, Y[keep, ], wide$arm[keep]), wide$arm[keep]) })
    k <- length(own); total <- total + (k - 1) / k * rowSums((values - rowMeans(values))^2) }
  sqrt(total) }
pooled <- function(q, u, df) { p <- pool.scalar(q, u, n = df + 1, k = 1); list(q = q, u = u, complete_df = df, qbar = p$qbar, t = p$t, df = p$df, share = (1 + 1 / p$m) * p$b / p$t) }
set.seed(3)
out <- list(
  source = source_block("reference_based_imputation.R", c("nlme", "mice", "jsonlite")),
  parameters = lapply(fits, function(f) list(mean = unname(f$mu), covariance = unname(f$S))),
  contrasts = sapply(strategies, function(s) contrasts(complete(fits, s, Y, wide$arm), wide$arm), simplify = FALSE),
  completed = sapply(strategies, function(s) colMeans(complete(fits, s, Y, wide$arm)[wide$arm == "cbt", ]), simplify = FALSE),
  jackknife = sapply(c("missing_at_random", "jump_to_reference"), jackknife, simplify = FALSE),
  pooled = list(pooled(rnorm(20, 3, 1), runif(20, 0.5, 1.5), 57), pooled(rnorm(5, 0, 0.1), runif(5, 2, 3), 12), pooled(rnorm(40, 0, 5), rep(0.3, 40), 1e6))
)
save_reference(out, "reference_based_imputation")
