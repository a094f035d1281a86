# t tests, effect sizes and one-way comparisons of data/dyads.csv. Run from this folder.
source("source.R")
suppressMessages({library(effectsize); library(BayesFactor)})
dyads <- read.csv("../data/dyads.csv")
compare <- function(measure) {
  rows <- dyads[!is.na(dyads[[measure]]), ]
  first <- rows[[measure]][rows$condition == "BRT"]; second <- rows[[measure]][rows$condition == "CBT"]
  test <- function(pooled) {
    two <- t.test(first, second, var.equal = pooled)
    list(t = unname(two$statistic), df = unname(two$parameter), p_two_tailed = two$p.value,
         difference = mean(first) - mean(second), se = two$stderr, ci_95 = two$conf.int[1:2],
         ci_90 = t.test(first, second, var.equal = pooled, conf.level = 0.90)$conf.int[1:2])
  }
  pooled <- sqrt(((length(first) - 1) * var(first) + (length(second) - 1) * var(second)) /
                 (length(first) + length(second) - 2))
  d <- (mean(first) - mean(second)) / pooled
  size <- sqrt(length(first) * length(second) / (length(first) + length(second)))
  df <- length(first) + length(second) - 2
  shift <- function(share) uniroot(function(ncp) pt(d * size, df, ncp) - share,
                                   d * size + c(-12, 12), tol = 1e-13)$root / size
  correction <- exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))
  package <- cohens_d(first, second)
  list(pooled = test(TRUE), welch = test(FALSE),
       cohen_d = d, cohen_d_ci_95 = c(shift(0.975), shift(0.025)),
       cohen_d_effectsize = package$Cohens_d, cohen_d_effectsize_ci_95 = c(package$CI_low, package$CI_high),
       hedges_g_gamma = d * correction, hedges_g_approximate = d * (1 - 3 / (4 * df - 1)),
       bayes_factor = extractBF(ttestBF(x = first, y = second, rscale = sqrt(2) / 2), onlybf = TRUE),
       n = c(length(first), length(second)), mean = c(mean(first), mean(second)), sd = c(sd(first), sd(second)))
}
one_way <- function(measure) {
  test <- function(equal) {
    o <- oneway.test(dyads[[measure]] ~ dyads$site, var.equal = equal)
    list(f = unname(o$statistic), df_numerator = unname(o$parameter[1]), df = unname(o$parameter[2]), p = o$p.value)
  }
  list(pooled = test(TRUE), welch = test(FALSE))
}
measures <- c("mindful", "observe", "alliance", "rating", "posttest")
save_reference(list(
  source = source_block("conditions.R", c("effectsize", "BayesFactor", "jsonlite")),
  two = sapply(measures, compare, simplify = FALSE), three = sapply(measures, one_way, simplify = FALSE)
), "conditions")
