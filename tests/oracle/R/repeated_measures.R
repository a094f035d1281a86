# Mixed models for repeated measures by nlme, with contrasts by matrix algebra. Run from this folder.
source("source.R")
source("kenward_roger.R")
library(nlme)
set.seed(20261129)
# A made-up trial: three arms, eight therapists in each, 3 to 9 patients each, four visits, dropout
# and single missed visits.
arms <- c("wait", "cbt", "pdt"); visits <- c(0, 4, 8, 12)
rows <- list(); number <- 0
root <- chol(matrix(c(36, 20, 16, 14, 20, 49, 30, 26, 16, 30, 64, 44, 14, 26, 44, 81), 4))
for (therapist in 1:24) {
  arm <- arms[(therapist - 1) %/% 8 + 1]; effect <- rnorm(1, 0, 2.5)
  for (patient in seq_len(sample(3:9, 1))) {
    number <- number + 1
    slope <- c(wait = -0.3, cbt = -0.9, pdt = -0.7)[[arm]]
    severity <- rnorm(1); sex <- sample(c("f", "m"), 1)
    y <- 25 + slope * visits + effect + 1.5 * severity + 0.8 * (sex == "m") + as.vector(rnorm(4) %*% root)
    gone <- sample(2:9, 1); seen <- seq_along(visits) < gone & runif(4) > 0.08
    rows[[number]] <- data.frame(therapist = sprintf("T%02d", therapist), patient = sprintf("P%03d", number), arm = arm,
      week = visits, severity = round(severity, 3), sex = sex, score = ifelse(seen, round(y, 2), NA))
  }
}
trial <- do.call(rbind, rows)
write.csv(trial, "../data/trial.csv", row.names = FALSE, quote = FALSE)
trial <- subset(trial, !is.na(score))
trial$week <- factor(trial$week); trial$arm <- factor(trial$arm, levels = arms)
trial$visit <- as.integer(trial$week)
persons <- aggregate(cbind(severity, m = sex == "m") ~ patient, trial, mean)
trial$s <- trial$severity - mean(persons$severity); trial$m <- (trial$sex == "m") - mean(persons$m)
base <- subset(trial, visit == 1)[, c("patient", "score")]
after <- merge(subset(trial, visit > 1), setNames(base, c("patient", "before")))
after <- after[order(after$patient, after$visit), ]
before <- aggregate(before ~ patient, after, mean); after$b <- after$before - mean(before$before)
people <- aggregate(severity ~ patient, after, mean); after$s <- after$severity - mean(people$severity)
cells <- function(d, constrained) {
  used <- sort(unique(d$visit)); found <- list()
  if (constrained) found[["mean[1]"]] <- 1 * (d$visit == 1)
  for (a in arms) for (v in if (constrained) used[-1] else used) found[[paste0(a, "[", v, "]")]] <- 1 * (d$arm == a & d$visit == v)
  do.call(cbind, found)
}
control <- glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 1000, returnObject = TRUE, opt = "nlminb")
lmecontrol <- lmeControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 1000, returnObject = TRUE, opt = "nlminb")
contrasts_of <- function(X) { # per arm: every visit, the average; then all visits and the interaction
  names <- colnames(X); used <- unique(sub(".*\\[(.)\\]", "\\1", grep("^wait", names, value = TRUE))); single <- list(); averages <- list()
  row <- function(a, v) { r <- setNames(numeric(ncol(X)), names); r[paste0(a, "[", v, "]")] <- 1; r[paste0("wait[", v, "]")] <- -1; r }
  all <- NULL; differences <- NULL
  for (a in arms[-1]) {
    block <- t(sapply(used, function(v) row(a, v)))
    for (i in seq_len(nrow(block))) single[[length(single) + 1]] <- block[i, , drop = FALSE]
    averages[[length(averages) + 1]] <- t(colMeans(block)); all <- rbind(all, block)
    differences <- rbind(differences, block[-1, , drop = FALSE] - block[rep(1, nrow(block) - 1), ])
  }
  c(single, averages, list(differences, all))
}
# Maximum of the restricted likelihood where V is linear in its parameters, by dense matrices.
scored <- function(y, X, G, theta) {
  for (round in 1:200) {
    V <- Reduce(`+`, Map(`*`, theta, G)); W <- solve(V); C <- solve(t(X) %*% W %*% X)
    P <- W - W %*% X %*% C %*% t(X) %*% W; Py <- P %*% y; PG <- lapply(G, function(g) P %*% g)
    score <- sapply(seq_along(G), function(i) (t(Py) %*% G[[i]] %*% Py - sum(diag(PG[[i]]))) / 2)
    information <- sapply(PG, function(a) sapply(PG, function(b) sum(a * t(b)) / 2))
    step <- solve(information, score); theta <- theta + step
    if (max(abs(step)) < 1e-11) break
  }
  V <- Reduce(`+`, Map(`*`, theta, G)); W <- solve(V)
  list(theta = theta, V = V, beta = as.vector(solve(t(X) %*% W %*% X, t(X) %*% W %*% y)))
}
# Satterthwaite degrees of freedom: derivatives of contrasts' variances and the curvature of the
# restricted likelihood, both exact (second derivatives of V vanish).
satterthwaite <- function(y, X, G, theta, L) {
  W <- solve(Reduce(`+`, Map(`*`, theta, G))); C <- solve(t(X) %*% W %*% X); P <- W - W %*% X %*% C %*% t(X) %*% W; Py <- P %*% y
  PG <- lapply(G, function(g) P %*% g); GPy <- lapply(G, function(g) g %*% Py)
  # Half of the second derivatives of the deviance.
  H <- sapply(seq_along(G), function(i) sapply(seq_along(G), function(j) as.numeric(t(GPy[[i]]) %*% P %*% GPy[[j]]) - sum(PG[[i]] * t(PG[[j]])) / 2))
  A <- solve(H); WX <- W %*% X
  sapply(L, function(l) { l <- as.vector(l); a <- WX %*% C %*% l; g <- sapply(G, function(D) as.numeric(t(a) %*% D %*% a)); 2 * as.numeric(l %*% C %*% l)^2 / as.numeric(g %*% A %*% g) })
}
described <- function(d, X, cluster, structure = "unstructured") {
  d$X <- X; d$visit <- d$visit - min(d$visit) + 1
  correlation <- switch(structure, unstructured = corSymm(form = if (cluster) ~ visit | therapist / patient else ~ visit | patient),
    ar1 = corAR1(0.3, form = ~ visit | patient), compound = corCompSymm(0.3, form = ~ 1 | patient))
  weights <- if (structure == "compound") NULL else varIdent(form = ~ 1 | visit)
  fit <- if (cluster) lme(score ~ 0 + X, d, random = ~ 1 | therapist, correlation = correlation, weights = weights, control = lmecontrol)
         else gls(score ~ 0 + X, d, correlation = correlation, weights = weights, control = control)
  beta <- unname(if (cluster) fixef(fit) else coef(fit))
  tau2 <- if (!cluster) NA else as.numeric(as.matrix(fit$modelStruct$reStruct[[1]])) * fit$sigma^2
  labels <- sort(unique(d$visit)); T <- length(labels)
  ratio <- setNames(rep(1, T), labels)
  if (!is.null(weights)) { r <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE); ratio[names(r)] <- r }
  if (structure == "unstructured") {
    values <- coef(fit$modelStruct$corStruct, unconstrained = FALSE); R <- diag(T); R[lower.tri(R)] <- values; R <- R + t(R) - diag(T)
  } else { value <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
    R <- if (structure == "ar1") value^abs(outer(1:T, 1:T, "-")) else matrix(value, T, T) + (1 - value) * diag(T) }
  sds <- fit$sigma * ratio[as.character(labels)]
  S <- R * outer(sds, sds)
  place <- match(d$visit, labels); same <- outer(d$patient, d$patient, "=="); together <- outer(d$therapist, d$therapist, "==")
  V <- S[place, place] * same + (if (cluster) tau2 * together else 0)
  G <- list()
  if (structure == "unstructured") for (i in 1:T) for (j in 1:i) {
    E <- matrix(0, T, T); E[i, j] <- E[j, i] <- 1; G[[length(G) + 1]] <- E[place, place] * same }
  if (structure == "compound") G <- list(1 * same - diag(nrow(d)), diag(nrow(d)))
  if (cluster) G[[length(G) + 1]] <- 1 * together
  if (length(G)) { # nlme stops where the likelihood is flat: Fisher scoring goes on to the maximum
    start <- c(if (structure == "compound") c(S[1, 2], S[1, 1]) else S[upper.tri(S, TRUE)], if (cluster) tau2)
    found <- scored(d$score, X, G, start); beta <- found$beta; V <- found$V
    if (structure != "compound") { S[upper.tri(S, TRUE)] <- found$theta[seq_len(T * (T + 1) / 2)]; S[lower.tri(S)] <- t(S)[lower.tri(S)] }
    else S <- found$theta[1] + (found$theta[2] - found$theta[1]) * diag(T)
    if (cluster) tau2 <- found$theta[length(G)]
  }
  out <- list(logLik = as.numeric(logLik(fit)), n = nrow(d), n_persons = length(unique(d$patient)), means = beta, covariance = S, cluster_variance = tau2)
  L <- contrasts_of(X)
  if (length(G)) { tests <- kenward_roger(X, V, G, beta, L)$tests
    k <- length(L)
    out$contrasts <- lapply(tests[1:(k - 2)], function(t) list(estimate = t$estimate, se = t$se, df = t$df))
    out$satterthwaite <- satterthwaite(d$score, X, G, found$theta, L[1:(k - 2)])
    out$arm_by_visit <- tests[[k - 1]][c("f", "df", "scaling", "p")]; out$any_difference <- tests[[k]][c("f", "df", "scaling", "p")]
  } else { C <- vcov(fit); out$contrasts <- lapply(L[1:(length(L) - 2)], function(l) list(estimate = as.numeric(l %*% beta), se = sqrt(as.numeric(l %*% C %*% t(l))))) }
  out
}
out <- list(
  source = source_block("repeated_measures.R", c("nlme", "jsonlite")),
  unstructured = described(trial, cbind(cells(trial, FALSE), s = trial$s, m = trial$m), FALSE),
  constrained = described(trial, cbind(cells(trial, TRUE), s = trial$s), FALSE),
  baseline_by_visit = described(after, cbind(cells(after, FALSE), s = after$s, sapply(2:4, function(v) after$b * (after$visit == v))), FALSE),
  clustered = described(trial, cbind(cells(trial, FALSE), s = trial$s, m = trial$m), TRUE),
  constrained_clustered = described(trial, cells(trial, TRUE), TRUE),
  compound_symmetry = described(trial, cells(trial, FALSE), FALSE, "compound"),
  heterogeneous_ar1 = described(trial, cells(trial, FALSE), FALSE, "ar1")
)
save_reference(out, "repeated_measures")
