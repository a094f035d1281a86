# Dominance by all subsets of lm, relative weights by eigen, partial correlations by residuals;
# correlation matrices pooled by metafor's rcalc and rma.mv, and by base R. Run from this folder.
source("source.R")
suppressMessages(library(metafor))
# Importance of predictors: R's own data set attitude, 30 departments; the outcome comes first.
d <- attitude
predictors <- names(d)[-1]; p <- length(predictors)
explained <- function(chosen) if (!length(chosen)) 0 else summary(lm(reformulate(chosen, "rating"), d))$r.squared
subsets <- lapply(0:(2^p - 1), function(code) predictors[bitwAnd(code, 2^(0:(p - 1))) > 0])
shares <- sapply(subsets, explained)
added <- function(i, S) shares[1 + S + 2^(i - 1)] - shares[1 + S]
holds <- function(S, i) bitwAnd(S, 2^(i - 1)) > 0
all_sets <- 0:(2^p - 1); size <- sapply(all_sets, function(S) sum(bitwAnd(S, 2^(0:(p - 1))) > 0))
conditional <- t(sapply(1:p, function(i) sapply(0:(p - 1), function(s)
  mean(sapply(all_sets[size == s & !holds(all_sets, i)], function(S) added(i, S))))))
complete <- t(sapply(1:p, function(i) sapply(1:p, function(j) { if (i == j) return(NA)
  S <- all_sets[!holds(all_sets, i) & !holds(all_sets, j)]
  difference <- sapply(S, function(S) added(i, S) - added(j, S))
  if (all(difference > 0)) 1 else if (all(difference < 0)) 0 else .5 })))
R <- cor(d[c(predictors, "rating")]); e <- eigen(R[1:p, 1:p])
root <- e$vectors %*% diag(sqrt(e$values)) %*% t(e$vectors)
beta <- solve(root, R[1:p, p + 1])
partial <- sapply(predictors, function(i) { rest <- setdiff(predictors, i)
  cor(resid(lm(reformulate(rest, i), d)), resid(lm(reformulate(rest, "rating"), d))) })
importance <- list(names = predictors, matrix = unname(R), shares = shares, conditional = unname(conditional),
  general = rowMeans(conditional), complete = unname(complete), relative_weights = as.numeric(root^2 %*% beta^2), partial = unname(partial))

# Pooled matrices: dat.craft2003, anxiety and confidence of athletes and their performance, 10 studies.
craft <- metadat::dat.craft2003
craft <- craft[!is.na(craft$ri), ]
craft <- craft[order(craft$study), ]
write.csv(craft[c("study", "ni", "ri", "var1", "var2")], "../data/craft2003.csv", row.names = FALSE)
names4 <- c("acog", "asom", "conf", "perf")
pairs4 <- t(combn(names4, 2)); pair_names <- paste0(pairs4[, 1], ".", pairs4[, 2])
described <- function(m) list(estimate = as.numeric(m$beta), se = m$se, p = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub, covariance = unname(m$vb),
  q = m$QE, q_df = m$k - m$p, q_p = m$QEp, log_likelihood = as.numeric(logLik(m)), t = unname(if (m$withG) m$G else diag(0, length(m$beta))))
control <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-16, maxit = 50000)
fitted <- function(V, dat) {
  dat$pair <- factor(dat$var1.var2, levels = pair_names)
  shapes <- list(equal = "ID", diagonal = "DIAG", unstructured = "UN")
  fits <- list(common = described(rma.mv(yi, V, mods = ~ 0 + pair, data = dat)))
  for (name in names(shapes)) fits[[name]] <- described(rma.mv(yi, V, mods = ~ 0 + pair, random = ~ pair | study, struct = shapes[[name]], data = dat, control = control))
  fits
}
# Study 17 gives correlations with performance alone, so that its own cannot give their covariances.
own <- rcalc(ri ~ var1 + var2 | study, ni = ni, data = subset(craft, study != 17))
own$dat$var1.var2 <- paste0(pmin(own$dat$var1, own$dat$var2), ".", pmax(own$dat$var1, own$dat$var2))
pooled <- list(own = fitted(own$V, own$dat))
# Sampling covariances from the mean correlations; four correlations are taken away: study 1 without
# conf, study 3 with acog and perf alone.
gaps <- subset(craft, !(study == 1 & (var1 == "conf" | var2 == "conf")))
gaps <- subset(gaps, !(study == 3 & !(var1 %in% c("acog", "perf") & var2 %in% c("acog", "perf"))))
gaps$pair <- paste0(pmin(gaps$var1, gaps$var2), ".", pmax(gaps$var1, gaps$var2))
mean_r <- sapply(pair_names, function(x) with(gaps[gaps$pair == x, ], sum(ni * ri) / sum(ni)))
M <- diag(4); dimnames(M) <- list(names4, names4)
for (x in pair_names) { v <- strsplit(x, ".", fixed = TRUE)[[1]]; M[v[1], v[2]] <- M[v[2], v[1]] <- mean_r[x] }
V <- matrix(0, nrow(gaps), nrow(gaps))
for (a in seq_len(nrow(gaps))) for (b in seq_len(nrow(gaps))) if (gaps$study[a] == gaps$study[b]) {
  i <- gaps$var1[a]; j <- gaps$var2[a]; k <- gaps$var1[b]; l <- gaps$var2[b]
  V[a, b] <- (.5 * M[i, j] * M[k, l] * (M[i, k]^2 + M[i, l]^2 + M[j, k]^2 + M[j, l]^2) + M[i, k] * M[j, l] + M[i, l] * M[j, k] -
    (M[i, j] * M[i, k] * M[i, l] + M[j, i] * M[j, k] * M[j, l] + M[k, i] * M[k, j] * M[k, l] + M[l, i] * M[l, j] * M[l, k])) / (gaps$ni[a] - 1)
}
gaps$yi <- gaps$ri; gaps$var1.var2 <- gaps$pair
pooled$gaps <- fitted(V, gaps)
first <- craft[craft$study == 1, ]
one <- rcalc(ri ~ var1 + var2, ni = ni, data = first)
# The common matrix by base R, without any optimizer: sum of inverses.
X <- model.matrix(~ 0 + factor(gaps$pair, levels = pair_names)); W <- solve(V); bread <- solve(t(X) %*% W %*% X)
plain <- list(estimate = as.numeric(bread %*% t(X) %*% W %*% gaps$yi), covariance = unname(bread))
save_reference(list(source = source_block("predictor_importance.R", c("metafor", "metadat", "jsonlite")),
  importance = importance, pairs = pair_names, pooled = pooled, plain = plain,
  sampling = list(pairs = rownames(one$V), V = unname(one$V))), "predictor_importance")
