package classify

import "math"

// binomialTail is the probability that at least k of n values pass when each passes with probability p.
func binomialTail(k, n int, p float64) float64 {
	switch {
	case k <= 0 || n <= 0:
		return 1
	case k > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	// Terms of the sum in logarithms: each follows from the one before it.
	term := choose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)
	odds := math.Log(p) - math.Log1p(-p)
	sum := 0.0
	for i := k; i <= n; i++ {
		x := math.Exp(term)
		sum += x
		if float64(i) > float64(n)*p && x < sum*1e-15 {
			break
		}
		term += math.Log(float64(n-i)) - math.Log(float64(i+1)) + odds
	}
	return min(1, sum)
}

// choose is the logarithm of n over k.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
