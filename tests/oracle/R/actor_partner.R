# Actor-partner model and contextual effect in data/rated_dyads.csv: lm, systemfit, gls of nlme,
# lavaan. Run from this folder.
source("source.R")
suppressMessages({library(systemfit); library(nlme); library(lavaan)})
dyads <- read.csv("../data/rated_dyads.csv")
rows <- na.omit(dyads[, c("patient", "therapist_report", "patient_y", "therapist_y", "age")])
names(rows) <- c("x1", "x2", "y1", "y2", "age")
tested <- function(estimate, se, df) {
  list(estimate = estimate, se = se, t = estimate / se, p_two_tailed = 2 * pt(-abs(estimate / se), df),
       ci_95 = estimate + c(-1, 1) * qt(0.975, df) * se)
}
# Fieller's limits: where the t test of p - k a just rejects.
ratio <- function(a, p, V, df) {
  gap <- function(k) abs(p - k * a) / sqrt(V[2, 2] - 2 * k * V[1, 2] + k^2 * V[1, 1]) - qt(0.975, df)
  k <- p / a
  list(k = k, ci_95 = c(uniroot(gap, c(k - 5, k), tol = 1e-14)$root, uniroot(gap, c(k, k + 5), tol = 1e-14)$root))
}
model <- function(covariate) {
  terms <- if (covariate) "x1 + x2 + age" else "x1 + x2"
  equations <- list(first = formula(paste("y1 ~", terms)), second = formula(paste("y2 ~", terms)))
  fit <- systemfit(equations, "SUR", data = rows, methodResidCov = "geomean")
  b <- coef(fit); V <- unname(vcov(fit)); size <- length(b) / 2; df <- nrow(rows) - size
  own <- lapply(equations, lm, data = rows)
  stopifnot(all.equal(unname(b), unname(c(coef(own$first), coef(own$second))), tolerance = 1e-10))
  member <- function(place, actor, partner) {
    at <- c(place + 1, place + actor, place + partner)
    found <- Map(tested, b[at], sqrt(diag(V))[at], df)
    names(found) <- c("intercept", "actor", "partner")
    found$k <- ratio(b[[at[2]]], b[[at[3]]], V[at[2:3], at[2:3]], df)
    found
  }
  difference <- function(i, j) tested(b[[i]] - b[[j]], sqrt(V[i, i] + V[j, j] - 2 * V[i, j]), df)
  r <- cor(resid(own$first), resid(own$second)); t <- r * sqrt((df - 1) / (1 - r^2))
  c(list(n = nrow(rows), df = df, covariance = V, residual_r = r, residual_r_p = 2 * pt(-abs(t), df - 1),
         residual_r_ci_95 = tanh(atanh(r) + c(-1, 1) * qnorm(0.975) / sqrt(df - 2)),
         residual_sd = unname(sapply(own, sigma)), r_squared = unname(sapply(own, function(f) summary(f)$r.squared))),
    unlist(c(first = member(0, 2, 3), second = member(size, 3, 2),
             actor_difference = list(difference(2, size + 3)), partner_difference = list(difference(3, size + 2))),
           recursive = FALSE))
}
# The same by generalised least squares with the covariance of the residuals estimated by REML.
long <- rbind(
  data.frame(dyad = seq_len(nrow(rows)), member = "1", x1 = rows$x1, x2 = rows$x2, y = rows$y1),
  data.frame(dyad = seq_len(nrow(rows)), member = "2", x1 = rows$x1, x2 = rows$x2, y = rows$y2)
)
generalised <- gls(y ~ 0 + member + member:x1 + member:x2, long[order(long$dyad), ],
                   correlation = corSymm(form = ~ 1 | dyad), weights = varIdent(form = ~ 1 | member),
                   control = glsControl(tolerance = 1e-12, msTol = 1e-12, opt = "optim"))
b <- coef(generalised)[c(1, 3, 5, 2, 4, 6)]
gls_fit <- list(coefficients = unname(b), se = unname(sqrt(diag(vcov(generalised)))[c(1, 3, 5, 2, 4, 6)]))
omnibus <- sem("x1 ~~ v * x1 + x2
                x2 ~~ v * x2
                y1 ~~ w * y1 + y2
                y2 ~~ w * y2
                x1 ~~ o * y1 + q * y2
                x2 ~~ q * y1 + o * y2
                x1 ~ m * 1
                x2 ~ m * 1
                y1 ~ u * 1
                y2 ~ u * 1", rows, fixed.x = FALSE)
save_reference(list(
  source = source_block("actor_partner.R", c("systemfit", "nlme", "lavaan", "jsonlite")),
  models = list(plain = model(FALSE), age = model(TRUE)), gls = gls_fit,
  distinguishability = list(chi_square = fitMeasures(omnibus, "chisq")[[1]], df = fitMeasures(omnibus, "df")[[1]],
                            p = pchisq(fitMeasures(omnibus, "chisq")[[1]], 6, lower.tail = FALSE))
), "actor_partner")
