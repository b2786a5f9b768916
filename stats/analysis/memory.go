package analysis

import (
	"context"
	"fmt"

	"consilium/stats"
)

// copies of the columns of a model that a fit holds at most: the design, sorted and weighted copies of it, and a few lists of rows.
const copies = 6

// estimate is how many bytes a method would take at most beyond the table itself, judged by the rows and columns that its specification names.
func (m Method) estimate(in Input) int64 {
	if m.memory != nil {
		return m.memory(in)
	}
	return copies * in.cells() * 8
}

// cells are the numbers of the columns that the specification names, and of what a fit adds to them (outcome, fitted values, residuals, weights).
func (in Input) cells() int64 {
	if in.Table == nil {
		return 0
	}
	columns := int64(8)
	for key := range in.Spec {
		columns += int64(len(in.Spec.Texts(key)))
	}
	return int64(in.Table.Rows()) * columns
}

// fits refuses what would take more memory than is allowed, before it takes any.
func (m Method) fits(in Input) error {
	limit, need := allowed(in.ctx), m.estimate(in)
	if limit <= 0 || need <= limit {
		return nil
	}
	return &stats.Error{Problem: stats.TooLarge, Detail: fmt.Sprintf("it would take up to %s of memory, and %s are allowed", amount(need), amount(limit)),
		Advice: "Take fewer groups, terms or rows, or allow more (--memory)"}
}

// memoryKey is the context's key of the limit.
type memoryKey struct{}

// WithMemory limits the computations under a context to so many bytes, in place of half of the machine's memory.
func WithMemory(ctx context.Context, bytes int64) context.Context {
	return context.WithValue(ctx, memoryKey{}, bytes)
}

func allowed(ctx context.Context) int64 {
	if ctx != nil {
		if bytes, ok := ctx.Value(memoryKey{}).(int64); ok {
			return bytes
		}
	}
	return machineMemory() / 2
}

func amount(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
