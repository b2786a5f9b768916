package reference

import "maps"

// methods are those of all sections, by the name that a case gives.
var methods = func() map[string]method {
	all := map[string]method{}
	for _, section := range []map[string]method{describeMethods, tableMethods, powerMethods, causalMethods, missingMethods, metaMethods, mixedMethods, predictMethods, monitorMethods, regressMethods, federatedRegressMethods, survivalMethods, federatedSurvivalMethods} {
		maps.Copy(all, section)
	}
	return all
}()
