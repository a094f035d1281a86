# Makes data/serial.csv and data/ratings.csv. Run from this folder.
# serial: 48 patients of 12 therapists, up to 6 sessions on uneven days, serially correlated errors
# whose size grows with the session. ratings: 24 patients rated by 5 raters in 2 sessions, with gaps.
set.seed(48)
serial <- do.call(rbind, lapply(1:48, function(patient) {
  therapist <- (patient - 1) %/% 4 + 1
  occasion <- 1:6
  day <- cumsum(c(0, sample(5:12, 5, replace = TRUE)))
  error <- as.vector(t(chol(0.93^abs(outer(day, day, "-")))) %*% rnorm(6)) * c(1, 1, 1.3, 1.3, 1.6, 1.6) * 2
  level <- rnorm(1) * 1.5
  data.frame(therapist, patient, arm = c("tau", "cbt", "pdt")[patient %% 3 + 1], occasion, day,
             pretest = round(20 + 4 * rnorm(1), 1), level, error)
}))
effect <- rnorm(12)
serial$y <- with(serial, round(0.6 * pretest + effect[therapist] + level + error -
                               0.05 * day - 0.03 * day * (arm == "cbt") + 5, 3))
serial <- serial[serial$occasion <= 2 | runif(nrow(serial)) > 0.18, ]
write.csv(serial[, c("therapist", "patient", "arm", "occasion", "day", "pretest", "y")],
          "../data/serial.csv", row.names = FALSE, quote = FALSE)
ratings <- expand.grid(rater = 1:5, session = 1:2, patient = 1:24)
ratings$site <- (ratings$patient - 1) %/% 6 + 1
person <- rnorm(24) * 1.2; judge <- rnorm(5) * 0.7; place <- rnorm(4) * 0.8
ratings$y <- with(ratings, round(5 + person[patient] + judge[rater] + place[site] + 0.4 * session + rnorm(nrow(ratings)), 3))
ratings <- ratings[runif(nrow(ratings)) > 0.25, c("site", "patient", "rater", "session", "y")]
write.csv(ratings, "../data/ratings.csv", row.names = FALSE, quote = FALSE)
