# Pearson, Spearman and partial correlations, adjusted p values. Run from this folder.
source("source.R")
dyads <- read.csv("../data/dyads.csv")
corr <- read.csv("../data/corr.csv")
corr_na <- read.csv("../data/corr_na.csv")

pearson <- function(x, y) {
  test <- function(...) suppressWarnings(cor.test(x, y, ...))
  two <- test(); wide <- test(conf.level = 0.90)
  r <- unname(two$estimate)
  list(
    r = r, se = sqrt((1 - r^2) / unname(two$parameter)), df = unname(two$parameter),
    n = sum(complete.cases(x, y)), p_two_tailed = two$p.value,
    p_greater = test(alternative = "greater")$p.value, p_less = test(alternative = "less")$p.value,
    ci_95 = two$conf.int[1:2], ci_90 = wide$conf.int[1:2]
  )
}
spearman <- function(x, y) {
  test <- function(...) suppressWarnings(cor.test(x, y, method = "spearman", exact = FALSE, ...))
  two <- test(); rho <- unname(two$estimate); n <- sum(complete.cases(x, y))
  # Bonett and Wright (2000): standard error of the artanh of rho.
  limits <- tanh(atanh(rho) + c(-1, 1) * qnorm(0.975) * sqrt((1 + rho^2 / 2) / (n - 3)))
  list(
    rho = rho, n = n, p_two_tailed = two$p.value,
    p_greater = test(alternative = "greater")$p.value, p_less = test(alternative = "less")$p.value,
    ci_95 = limits
  )
}
partial <- function(x, y, held) {
  ok <- complete.cases(x, y, held); x <- x[ok]; y <- y[ok]; held <- factor(held[ok])
  r <- cor(resid(lm(x ~ held)), resid(lm(y ~ held)))
  k <- nlevels(held) - 1; n <- length(x); df <- n - 2 - k
  t <- r * sqrt(df / (1 - r^2))
  list(
    r = r, se = sqrt((1 - r^2) / df), df = df, n = n, p_two_tailed = 2 * pt(-abs(t), df),
    p_greater = pt(t, df, lower.tail = FALSE), p_less = pt(t, df),
    ci_95 = tanh(atanh(r) + c(-1, 1) * qnorm(0.975) / sqrt(n - k - 3))
  )
}
pairs <- list(
  list("dyads", "mindful", "alliance"), list("dyads", "observe", "alliance"),
  list("dyads", "mindful", "rating"), list("dyads", "mindful", "posttest"),
  list("corr", "empathy", "bond"), list("corr", "empathy", "symp"), list("corr", "bond", "age"),
  list("corr", "bond_likert", "symp_likert"), list("corr_na", "empathy", "bond"),
  list("corr_na", "bond_likert", "symp_likert")
)
frames <- list(dyads = dyads, corr = corr, corr_na = corr_na)
out <- list(source = source_block("correlations.R", "jsonlite"), pearson = list(), spearman = list(),
            partial = list())
for (pair in pairs) {
  frame <- frames[[pair[[1]]]]; x <- frame[[pair[[2]]]]; y <- frame[[pair[[3]]]]
  name <- paste(unlist(pair), collapse = ".")
  out$pearson[[name]] <- pearson(x, y)
  out$spearman[[name]] <- spearman(x, y)
}
for (held in c("condition", "site")) for (pair in pairs[1:4]) {
  name <- paste(c(unlist(pair), held), collapse = ".")
  out$partial[[name]] <- partial(dyads[[pair[[2]]]], dyads[[pair[[3]]]], dyads[[held]])
}
p <- c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269,
       0.275, 0.34, 0.8, 0.039)
with_missing <- c(0.04, NA, 0.001, 0.02, NA, 0.5)
out$adjusted <- list(
  p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH"), p_missing = with_missing,
  holm_missing = p.adjust(with_missing, "holm"), bh_missing = p.adjust(with_missing, "BH")
)
save_reference(out, "correlations")
