# One-with-many model of the reports in data/rated_dyads.csv: lme of nlme with a dummy for each rater,
# and profiles of the likelihood of the whole covariance matrix by optim. Run from this folder.
source("source.R")
library(nlme)
dyads <- read.csv("../data/rated_dyads.csv")
long <- rbind(
  data.frame(therapist = dyads$therapist, dyad = dyads$dyad, rater = "p", y = dyads$patient),
  data.frame(therapist = dyads$therapist, dyad = dyads$dyad, rater = "r", y = dyads$therapist_report)
)
long <- na.omit(long)
long$rater <- factor(long$rater)
long <- long[order(long$therapist, long$dyad, long$rater), ]

fitted_by_lme <- function(rows, method) {
  fit <- lme(y ~ 0 + rater, random = ~ 0 + rater | therapist, data = rows, method = method,
             correlation = corSymm(form = ~ as.integer(rater) | therapist / dyad),
             weights = varIdent(form = ~ 1 | rater),
             control = lmeControl(opt = "optim", maxIter = 500, msMaxIter = 2000, niterEM = 100, tolerance = 1e-13,
                                  msTol = 1e-14, reltol = 1e-15))
  T <- getVarCov(fit)
  sd <- fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[c("p", "r")]
  r <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)[[1]]
  list(T = matrix(T, 2), S = matrix(c(sd[1]^2, r * sd[1] * sd[2], r * sd[1] * sd[2], sd[2]^2), 2),
       means = unname(fixef(fit)), means_se = unname(sqrt(diag(vcov(fit)))), log_likelihood = as.numeric(logLik(fit)))
}

# -2 log likelihood from the whole covariance matrix of the reports.
deviance_of <- function(rows, method) {
  X <- model.matrix(~ 0 + rater, rows)
  member <- as.integer(rows$rater)
  same_therapist <- outer(rows$therapist, rows$therapist, "==")
  same_dyad <- outer(rows$dyad, rows$dyad, "==")
  N <- nrow(rows)
  function(T, S) {
    V <- T[member, member] * same_therapist + S[member, member] * same_dyad
    C <- tryCatch(chol(V), error = function(e) NULL)
    if (is.null(C)) return(1e10)
    Xs <- backsolve(C, X, transpose = TRUE); ys <- backsolve(C, rows$y, transpose = TRUE)
    fit <- lm.fit(Xs, ys)
    extra <- if (method == "REML") determinant(crossprod(Xs))$modulus[1] - 2 * log(2 * pi) else 0
    N * log(2 * pi) + 2 * sum(log(diag(C))) + sum(fit$residuals^2) + extra
  }
}
covariance <- function(v1, v2, r) matrix(c(v1, r * sqrt(v1 * v2), r * sqrt(v1 * v2), v2), 2)
# Every parameter with its own place; the others are free, on scales without limits.
values <- c("t1", "t2", "rt", "s1", "s2", "rs")
profile_of <- function(rows, method, best) {
  deviance <- deviance_of(rows, method)
  start <- c(best$T[1, 1], best$T[2, 2], best$T[1, 2] / sqrt(prod(diag(best$T))),
             best$S[1, 1], best$S[2, 2], best$S[1, 2] / sqrt(prod(diag(best$S))))
  names(start) <- values
  free_scale <- function(x) c(log(x[1:2]), atanh(x[3]), log(x[4:5]), atanh(x[6]))
  natural <- function(x) c(exp(x[1:2]), tanh(x[3]), exp(x[4:5]), tanh(x[6]))
  of <- function(x) deviance(covariance(x[[1]], x[[2]], x[[3]]), covariance(x[[4]], x[[5]], x[[6]]))
  lowest <- of(start)
  stopifnot(abs(lowest + 2 * best$log_likelihood) < 1e-6)
  excess <- function(name, value) {
    place <- match(name, values)
    gap <- function(free) {
      x <- numeric(6); x[-place] <- free
      x <- natural(x); x[place] <- value
      of(x)
    }
    from <- free_scale(start)[-place]
    for (i in 1:4) from <- optim(from, gap, method = "BFGS", control = list(reltol = 1e-15, maxit = 500))$par
    max(gap(from) - lowest, 0)
  }
  limit <- function(name, towards) {
    uniroot(function(v) excess(name, v) - qchisq(0.95, 1), c(start[[name]], towards), tol = 1e-8)$root
  }
  list(
    dyadic_ci_95 = c(limit("rs", -0.5), limit("rs", 0.95)),
    dyadic_p = pchisq(excess("rs", 0), 1, lower.tail = FALSE),
    generalised_p = pchisq(excess("rt", 0), 1, lower.tail = FALSE),
    generalised_ci_low = limit("rt", -0.99),
    dyad_variance_ci_95 = c(limit("s1", start[["s1"]] / 3), limit("s1", 3 * start[["s1"]])),
    therapist_variance_ci_95 = c(limit("t2", 1e-3), limit("t2", 20 * start[["t2"]])),
    excess_of_no_therapist_variance = {
      without <- function(x) deviance(matrix(c(exp(x[1]), 0, 0, 1e-14), 2),
                                      covariance(exp(x[2]), exp(x[3]), tanh(x[4])))
      from <- free_scale(start)[c(1, 4, 5, 6)]
      for (i in 1:4) from <- optim(from, without, method = "BFGS", control = list(reltol = 1e-15, maxit = 500))$par
      without(from) - lowest
    }
  )
}
described <- function(rows, method, profiled) {
  best <- fitted_by_lme(rows, method)
  plain <- list(
    therapist_variance = diag(best$T), dyad_variance = diag(best$S), therapist_covariance = best$T[1, 2],
    dyad_covariance = best$S[1, 2], generalised = best$T[1, 2] / sqrt(prod(diag(best$T))),
    dyadic = best$S[1, 2] / sqrt(prod(diag(best$S))), share = diag(best$T) / (diag(best$T) + diag(best$S)),
    means = best$means, means_se = best$means_se, log_likelihood = best$log_likelihood,
    n = as.vector(table(rows$rater)), therapists = length(unique(rows$therapist)),
    dyads = length(unique(rows$dyad))
  )
  if (profiled) c(plain, profile_of(rows, method, best)) else plain
}
both <- long[long$dyad %in% names(which(table(long$dyad) == 2)), ]
save_reference(list(
  source = source_block("one_with_many.R", c("nlme", "jsonlite")),
  complete = list(REML = described(both, "REML", TRUE), ML = described(both, "ML", FALSE)),
  incomplete = list(REML = described(long, "REML", FALSE), ML = described(long, "ML", FALSE))
), "one_with_many")
