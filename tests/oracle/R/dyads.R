# Makes data/dyads.csv: 26 dyads like those of a small process study. Run from this folder.
set.seed(26)
n <- 26
skill <- rnorm(n)
condition <- rep(c("BRT", "CBT"), c(12, 14))
site <- rep(c("a", "b", "c"), length.out = n)
mindful <- round(133 + 15 * skill)
alliance <- round(65 + 5 * skill + 6 * rnorm(n) + 3 * (condition == "CBT"))
observe <- round(38 + 7 * rnorm(n))
pretest <- round(1.5 + 0.5 * rnorm(n), 3)
posttest <- round(0.4 + 0.5 * pretest - 0.15 * skill + 0.3 * rnorm(n), 3)
rating <- pmin(pmax(round(4 + skill + rnorm(n)), 1), 7)
alliance[7] <- NA
observe[c(3, 7, 20)] <- NA
posttest[c(11, 19)] <- NA
pretest[5] <- NA
write.csv(
  data.frame(dyad = seq_len(n), condition, site, mindful, observe, alliance, rating, pretest, posttest),
  "../data/dyads.csv", row.names = FALSE, quote = FALSE
)
