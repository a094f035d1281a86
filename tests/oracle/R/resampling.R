# BCa interval from stored bootstrap draws, exact permutation test. Run from this folder.
source("source.R")
library(boot)
dyads <- read.csv("../data/dyads.csv")
both <- na.omit(dyads[, c("mindful", "alliance")])
set.seed(42)
drawn <- boot(both, function(rows, i) cor(rows$mindful[i], rows$alliance[i]), R = 999)
write.table(boot.array(drawn, indices = TRUE) - 1, "../data/bootstrap_indices.csv", sep = ",",
            row.names = FALSE, col.names = FALSE)
jack <- empinf(drawn, type = "jack")
limits <- function(level) boot.ci(drawn, conf = level, type = "bca", L = jack)$bca[4:5]
eight <- both[1:8, ]
orders <- function(v) {
  if (length(v) == 1) return(matrix(v))
  do.call(rbind, lapply(seq_along(v), function(i) cbind(v[i], orders(v[-i]))))
}
r8 <- cor(eight$mindful, eight$alliance)
permuted <- apply(orders(1:8), 1, function(i) cor(eight$mindful, eight$alliance[i]))
save_reference(list(
  source = source_block("resampling.R", c("boot", "jsonlite")),
  bootstrap = list(
    estimate = drawn$t0, se = sd(drawn$t), n = nrow(both), samples = 999,
    bias = qnorm(mean(drawn$t < drawn$t0)), acceleration = sum(jack^3) / (6 * sum(jack^2)^1.5),
    bca_95 = limits(0.95), bca_90 = limits(0.90), bca_99 = limits(0.99)
  ),
  permutation = list(
    r = r8, n = 8, two_tailed = mean(abs(permuted) >= abs(r8) - 1e-12),
    greater = mean(permuted >= r8 - 1e-12), less = mean(permuted <= r8 + 1e-12)
  )
), "resampling")
