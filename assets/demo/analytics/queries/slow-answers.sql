SELECT queue, date, avg(first_answer_minutes) AS minutes
FROM daily
WHERE date >= DATE '2026-11-01'
GROUP BY queue, date
HAVING avg(first_answer_minutes) > 45
ORDER BY minutes DESC;
