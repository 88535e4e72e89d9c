{{- define "gitops-master.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "gitops-master.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gitops-master.labels" -}}
{{ include "gitops-master.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "gitops-master.serviceAccount" -}}
{{- default (ternary (include "gitops-master.name" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- /* What the schema cannot say: combinations. */ -}}
{{- define "gitops-master.check" -}}
{{- $v := .Values -}}
{{- if not $v.image.repository -}}
{{- fail "image.repository: name the image that you built; none is published (docs/chart.md)" -}}
{{- end -}}
{{- if and (gt (int $v.replicas) 1) (not $v.planKey.secret) -}}
{{- fail "planKey.secret: more than one replica needs a key that all of them share (docs/chart.md), or set replicas: 1" -}}
{{- end -}}
{{- if and $v.auth.tokens.secret $v.auth.oauth.issuer -}}
{{- fail "auth: tokens.secret and oauth.issuer are two ways to know callers; give one of them" -}}
{{- end -}}
{{- if not (or $v.auth.tokens.secret $v.auth.oauth.issuer) -}}
{{- fail "auth: say who may call: tokens.secret or oauth.issuer (docs/http-identity.md)" -}}
{{- end -}}
{{- if and $v.auth.oauth.issuer (not (and $v.auth.oauth.resource $v.auth.oauth.jwks)) -}}
{{- fail "auth.oauth: resource and jwks are needed beside issuer" -}}
{{- end -}}
{{- if and $v.auth.oauth.issuer $v.allowWrites (eq $v.identity "server") (not $v.auth.oauth.writeScope) -}}
{{- fail "auth.oauth.writeScope: with identity server nobody may write without it" -}}
{{- end -}}
{{- $writes := concat $v.rbac.promote $v.rbac.approve $v.rbac.refreshWarehouses $v.rbac.operateApplications -}}
{{- if and $writes (not $v.allowWrites) -}}
{{- fail "rbac: promote, approve, refreshWarehouses and operateApplications grant writes, and allowWrites is false" -}}
{{- end -}}
{{- if and $writes (ne $v.identity "server") -}}
{{- fail (printf "rbac: with identity %s the callers' rights hold; bind deploy/rbac/promoter*.yaml to them, not to the server" $v.identity) -}}
{{- end -}}
{{- if and (eq $v.identity "impersonate") $v.rbac.create (not (or $v.impersonate.anybody $v.impersonate.users)) -}}
{{- fail "impersonate: name users (and groups), or set anybody: true" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.allowedHosts) -}}
{{- fail "allowedHosts: an Ingress needs a host" -}}
{{- end -}}
{{- end -}}
