{{- define "gitops-master.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "gitops-master.ownNames" -}}
{{- $name := include "gitops-master.name" . -}}
{{- $namespace := .Release.Namespace -}}
{{- list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.cluster.local" $name $namespace) | toJson -}}
{{- end -}}

{{- /* A list of words: of `serve`, in the order of its help. */ -}}
{{- define "gitops-master.args" -}}
{{- $v := .Values -}}
{{- $args := list "serve" "--http" "0.0.0.0:8808" "--no-sessions" -}}
{{- range concat $v.allowedHosts (include "gitops-master.ownNames" . | fromJsonArray) -}}
{{- $args = concat $args (list "--allowed-host" .) -}}
{{- end -}}
{{- if $v.auth.tokens.secret -}}
{{- $args = concat $args (list "--tokens" (printf "/etc/gitops-master/tokens/%s" $v.auth.tokens.key)) -}}
{{- end -}}
{{- with $v.auth.oauth -}}
{{- if .issuer -}}
{{- $args = concat $args (list "--oauth-issuer" .issuer "--oauth-resource" .resource "--oauth-jwks" .jwks) -}}
{{- $args = concat $args (list "--oauth-user-claim" .userClaim "--oauth-groups-claim" .groupsClaim) -}}
{{- with .writeScope }}{{- $args = concat $args (list "--oauth-write-scope" .) -}}{{- end -}}
{{- range .audiences }}{{- $args = concat $args (list "--oauth-audience" .) -}}{{- end -}}
{{- range .scopes }}{{- $args = concat $args (list "--oauth-scope" .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $args = concat $args (list "--identity" $v.identity) -}}
{{- if eq $v.identity "impersonate" -}}
{{- with $v.impersonate.userPrefix }}{{- $args = concat $args (list "--user-prefix" .) -}}{{- end -}}
{{- with $v.impersonate.groupPrefix }}{{- $args = concat $args (list "--group-prefix" .) -}}{{- end -}}
{{- end -}}
{{- if $v.allowWrites }}{{- $args = append $args "--allow-writes" -}}{{- end -}}
{{- range $v.protect }}{{- $args = concat $args (list "--protect" .) -}}{{- end -}}
{{- if $v.expectations.configMap -}}
{{- $args = concat $args (list "--expect" (printf "/etc/gitops-master/expectations/%s" $v.expectations.key)) -}}
{{- end -}}
{{- if $v.tls.secret -}}
{{- $args = concat $args (list "--tls-cert" "/etc/gitops-master/tls/tls.crt" "--tls-key" "/etc/gitops-master/tls/tls.key") -}}
{{- end -}}
{{- $args = concat $args (list "--drain-seconds" (toString $v.drainSeconds)) -}}
{{- toYaml (concat $args $v.extraArgs) -}}
{{- end -}}
