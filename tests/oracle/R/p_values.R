# p of correlations, of t and of F by R's distribution functions. Run from this folder.
source("source.R")
library(jsonlite)
correlation <- function(r, n) {
  t <- r * sqrt((n - 2) / (1 - r^2))
  list(r = r, n = n, two = 2 * pt(-abs(t), n - 2), positive = pt(t, n - 2, lower.tail = FALSE),
       negative = pt(t, n - 2))
}
student <- function(t, df) list(t = t, df = df, two = 2 * pt(-abs(t), df),
  positive = pt(t, df, lower.tail = FALSE), negative = pt(t, df))
fisher <- function(f, df1, df2) list(f = f, df1 = df1, df2 = df2, upper = pf(f, df1, df2, lower.tail = FALSE))
rs <- expand.grid(r = c(-0.95, -0.481, 0, 0.024, 0.3, 0.595), n = c(3, 20, 26, 99, 2000))
ts <- expand.grid(t = c(-1.8608, 0, 0.04, 0.58, 2.2, 12), df = c(1, 18, 22.41, 23, 1000))
fs <- expand.grid(f = c(0.5, 1, 3.46257664, 25), df1 = c(1, 2, 7), df2 = c(18, 378))
# R's own tests of its data set sleep: one-tailed, the wrong side has a p above one half.
test <- function(alternative) with(sleep, t.test(extra[group == 1], extra[group == 2],
  var.equal = TRUE, alternative = alternative))
save_reference(list(
  source = source_block("p_values.R", c("jsonlite")),
  r = mapply(correlation, rs$r, rs$n, SIMPLIFY = FALSE),
  t = mapply(student, ts$t, ts$df, SIMPLIFY = FALSE),
  f = mapply(fisher, fs$f, fs$df1, fs$df2, SIMPLIFY = FALSE),
  sleep = list(t = unname(test("two.sided")$statistic), df = unname(test("two.sided")$parameter),
               two = test("two.sided")$p.value, positive = test("greater")$p.value,
               negative = test("less")$p.value)
), "p_values")
