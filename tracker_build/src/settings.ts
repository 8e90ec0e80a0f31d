/** In the npm package, the settings that a script has built in: the bundler writes penstock_settings.X for X. */
export const penstock_settings = {
  ENDPOINT: "",
  PREFIX: "_ps_",
  OPT_OUT: "penstock_optout",
  OPT_IN: false,
  GPC: true,
  COOKIELESS: false,
};
