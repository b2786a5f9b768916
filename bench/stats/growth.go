package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
)

// showGrowth fits each case on a quarter, a half and all of its rows. If time grows as n log n, a doubling takes a little over twice the time.
func showGrowth(ctx context.Context, dir, only string, runs int) error {
	fmt.Println("\n| case | n/4: CPU s | n/2 | n | growth: CPU ~ n to the power of |")
	fmt.Println("| --- | --- | --- | --- | --- |")
	for _, s := range subjects {
		if !strings.Contains(s.name, only) || s.name == "boot" {
			continue // a bootstrap grows with its draws
		}
		times, err := s.grow(ctx, dir, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("| %s | %.4f | %.4f | %.4f | %.2f |\n", s.name, times[0], times[1], times[2], math.Log2(times[2]/times[0])/2)
	}
	return nil
}

func (s subject) grow(ctx context.Context, dir string, runs int) (times [3]float64, err error) {
	for k := range times {
		below, err := os.MkdirTemp(dir, "growth-*")
		if err != nil {
			return times, err
		}
		defer os.RemoveAll(below)
		if err := prepare(ctx, below, s.set(), s.rows>>(2-k)); err != nil {
			return times, err
		}
		var all []run
		for range runs {
			one, err := here(ctx, below, s.name)
			if err != nil {
				return times, err
			}
			all = append(all, one)
		}
		times[k] = middle(all).CPU
	}
	return times, nil
}
