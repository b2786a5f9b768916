package lang

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed phrases/*.toml
var phraseFiles embed.FS

// book holds the phrases of one language. Each language has a bundle of its own, so that a key missing in one
// is never quietly answered in the other.
type book struct {
	localizer *i18n.Localizer
	keys      map[string]string // key to the file that holds it
	simple    map[string]simple // the phrases that need no template language
}

// parser refuses a phrase whose argument was not given, rather than printing "<no value>".
var parser = &template.TextParser{Option: "missingkey=error"}

// books reads the embedded phrases once. They are part of the program: a file that cannot be
// read is a fault of the build, which the tests find.
var books = sync.OnceValue(func() map[Language]book {
	all, err := readBooks(phraseFiles)
	if err != nil {
		panic("lang: " + err.Error())
	}
	return all
})

func readBooks(files fs.FS) (map[Language]book, error) {
	all := map[Language]book{}
	for i, l := range Languages {
		b, err := readBook(files, l, tags[i])
		if err != nil {
			return nil, err
		}
		all[l] = b
	}
	return all, nil
}

func readBook(files fs.FS, l Language, tag language.Tag) (book, error) {
	paths, err := fs.Glob(files, "phrases/*."+string(l)+".toml")
	if err != nil {
		return book{}, fmt.Errorf("list phrase files: %w", err)
	}
	bundle := i18n.NewBundle(tag)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	b := book{keys: map[string]string{}, simple: map[string]simple{}}
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return book{}, fmt.Errorf("read phrases: %w", err)
		}
		messages, err := bundle.ParseMessageFileBytes(text, path)
		if err != nil {
			return book{}, fmt.Errorf("read phrases of %s: %w", path, err)
		}
		for _, m := range messages.Messages {
			if there, taken := b.keys[m.ID]; taken {
				return book{}, fmt.Errorf("phrase %s stands in %s and in %s", m.ID, there, path)
			}
			b.keys[m.ID] = path
			if s, ok := cut(m.Other); ok && m.One == "" {
				b.simple[m.ID] = s
			}
		}
		// The file's own tag is "zh", the bundle's is "zh-Hans": add the phrases under the latter.
		if err := bundle.AddMessages(tag, messages.Messages...); err != nil {
			return book{}, fmt.Errorf("take phrases of %s: %w", path, err)
		}
	}
	b.localizer = i18n.NewLocalizer(bundle, tag.String())
	return b, nil
}

// P returns the phrase under key in language l with its parts filled in from args, which may be nil. The argument
// "count" chooses between one and other. A missing key or argument gives the key itself.
func P(l Language, key string, args map[string]any) string {
	b, ok := books()[l]
	if !ok {
		b = books()[English]
	}
	if s, ok := b.simple[key]; ok {
		if said, ok := s.say(l, args); ok {
			return said
		}
		return key
	}
	ask := &i18n.LocalizeConfig{MessageID: key, TemplateParser: parser, TemplateData: written(l, args)}
	if count, ok := args["count"]; ok {
		ask.PluralCount = count
	}
	said, err := b.localizer.Localize(ask)
	if err != nil {
		return key
	}
	return said
}

// written turns arguments into what is read.
func written(l Language, args map[string]any) map[string]any {
	out := make(map[string]any, len(args))
	for name, value := range args {
		out[name] = inWords(l, value)
	}
	return out
}

// Has says whether key has a phrase. Rooms use it in tests of keys that they build at run time.
func Has(key string) bool {
	_, ok := books()[English].keys[key]
	return ok
}

// Keys lists the keys that begin with prefix, sorted.
func Keys(prefix string) []string {
	var keys []string
	for key := range books()[English].keys {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
