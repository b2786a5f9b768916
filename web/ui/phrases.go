package ui

import (
	"context"

	"consilium/lang"
)

type languageKey struct{}

// WithLanguage tells every component below in which language its own few words are said. Page does
// it by itself; a handler that renders a fragment does it before. Without it they are English.
func WithLanguage(ctx context.Context, l lang.Language) context.Context {
	return context.WithValue(ctx, languageKey{}, l)
}

func languageOf(ctx context.Context) lang.Language {
	if l, ok := ctx.Value(languageKey{}).(lang.Language); ok {
		return l
	}
	return lang.English
}

// say returns the components' own words; what a page says comes in already translated.
func say(ctx context.Context, key string) string { return lang.P(languageOf(ctx), "ui."+key, nil) }
