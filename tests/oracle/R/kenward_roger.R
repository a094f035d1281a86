# Kenward and Roger's formulas with dense matrices (Halekoh & Højsgaard, 2014, sections 3 and 4).
# X: design, V: covariance of the rows, G: derivatives of V for parameters in which it is linear,
# tested: list of contrast matrices with one row per contrast (default: single coefficients).
kenward_roger <- function(X, V, G, beta = NULL, tested = lapply(seq_len(ncol(X)), function(c) diag(ncol(X))[c, , drop = FALSE])) {
  W <- solve(V); TT <- W %*% X; Phi <- solve(t(X) %*% TT); k <- length(G)
  H <- lapply(G, function(g) W %*% g)
  P <- lapply(G, function(g) -t(TT) %*% g %*% TT)
  GT <- lapply(G, function(g) g %*% TT); WGT <- lapply(GT, function(g) W %*% g)
  Q <- lapply(1:k, function(i) lapply(1:k, function(j) t(GT[[i]]) %*% WGT[[j]]))
  information <- matrix(0, k, k); middle <- 0 * Phi
  for (i in 1:k) for (j in 1:k)
    information[i, j] <- sum(t(H[[i]]) * H[[j]]) - 2 * sum(Phi * Q[[i]][[j]]) + sum(Phi * (P[[i]] %*% Phi %*% P[[j]]))
  A <- 2 * solve(information)
  for (i in 1:k) for (j in 1:k) middle <- middle + A[i, j] * (Q[[i]][[j]] - P[[i]] %*% Phi %*% P[[j]])
  adjusted <- Phi + 2 * Phi %*% middle %*% Phi
  one <- function(L) {
    q <- nrow(L); theta <- t(L) %*% solve(L %*% Phi %*% t(L)) %*% L
    U <- lapply(P, function(p) theta %*% Phi %*% p %*% Phi)
    tr <- sapply(U, function(u) sum(diag(u)))
    A1 <- sum(A * outer(tr, tr)); A2 <- 0
    for (i in 1:k) for (j in 1:k) A2 <- A2 + A[i, j] * sum(U[[i]] * t(U[[j]]))
    B <- (A1 + 6 * A2) / (2 * q); g <- ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2); bottom <- 3 * q + 2 * (1 - g)
    c1 <- g / bottom; c2 <- (q - g) / bottom; c3 <- (q + 2 - g) / bottom
    rho <- ((1 - A2 / q) / (1 - c2 * B))^2 * (1 + c1 * B) / (1 - c3 * B) / q
    df <- 4 + (q + 2) / (q * rho - 1); scaling <- df * (1 - A2 / q) / (df - 2)
    covariance <- L %*% adjusted %*% t(L)
    found <- list(df = df, scaling = scaling, se = sqrt(diag(covariance)))
    if (!is.null(beta)) {
      found$estimate <- as.vector(L %*% beta)
      found$f <- scaling * as.numeric(t(L %*% beta) %*% solve(covariance, L %*% beta)) / q
      found$p <- pf(found$f, q, df, lower.tail = FALSE)
    }
    found
  }
  found <- lapply(tested, one)
  list(se = sqrt(diag(adjusted)), df = unname(sapply(found, `[[`, "df")), tests = found)
}
