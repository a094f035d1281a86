# Makes data/rated_dyads.csv, 84 dyads of 19 therapists, and data/session_scores.csv, 30 patients
# in 12 sessions. Run from this folder.
set.seed(2009)
sizes <- c(1, 2, 3, 4, 5, 6, 7, 8, 5, 4, 6, 3, 5, 4, 7, 5, 4, 3, 2)
therapist <- rep(sprintf("t%02d", seq_along(sizes)), sizes)
n <- length(therapist)
pair <- function(m, sd1, sd2, r) {
  z <- matrix(rnorm(2 * m), m)
  cbind(sd1 * z[, 1], sd2 * (r * z[, 1] + sqrt(1 - r^2) * z[, 2]))
}
report <- pair(length(sizes), 0.6, 0.9, 0.5)[match(therapist, unique(therapist)), ] + pair(n, 0.9, 1.1, 0.4)
patient <- round(5 + report[, 1], 2)
therapist_report <- round(4.6 + report[, 2], 2)
distress <- pair(n, 1, 1.2, 0.45)
patient_y <- round(10 + 0.8 * patient + 0.5 * therapist_report + distress[, 1], 2)
therapist_y <- round(9 + 0.2 * patient + 0.9 * therapist_report + distress[, 2], 2)
outcome <- round(20 - 0.8 * (patient - therapist_report)^2 + 0.4 * patient + 1.5 * rnorm(n), 2)
own <- round(0.5 * therapist_report + rnorm(n), 2)
age <- round(38 + 9 * rnorm(n))
patient[c(4, 30)] <- NA
therapist_report[c(9, 30, 61, 62)] <- NA
outcome[17] <- NA
write.csv(
  data.frame(dyad = seq_len(n), therapist, patient, therapist_report, patient_y, therapist_y, outcome, own, age),
  "../data/rated_dyads.csv", row.names = FALSE, quote = FALSE
)

people <- 30; sessions <- 12
course <- t(sapply(seq_len(people), function(i) 30 - runif(1, 0, 1.5) * seq_len(sessions) + 2 * rnorm(sessions)))
for (i in seq_len(18)) {
  from <- sample(3:10, 1)
  course[i, from:sessions] <- course[i, from:sessions] - sample(8:14, 1)
}
for (i in 19:26) {
  from <- sample(3:10, 1)
  course[i, from:sessions] <- course[i, from:sessions] + sample(9:16, 1)
}
for (i in c(2, 5, 9, 20)) course[i, sessions - 0:1] <- course[i, sessions - 0:1] + ifelse(i < 19, 12, -12)
course <- pmax(round(course), 0)
course[sample(length(course), 45)] <- NA
course[28, 5:12] <- NA
colnames(course) <- paste0("s", seq_len(sessions))
write.csv(data.frame(id = seq_len(people), course), "../data/session_scores.csv", row.names = FALSE, na = "")
