/** Whether the host is one of the domains of data-domains, or below one. */
export function listed(host: string, domains?: string | null): boolean {
  return (domains || "").split(/[\s,]+/).some(function (domain) {
    return domain && ("." + host).slice(-domain.length - 1) == "." + domain;
  } as (domain: string) => boolean);
}
