/** Settings of the deployment. The bundler puts the values in (--define), so that what is off costs nothing. */

/** Collect URL that batches are posted to. */
declare const ENDPOINT: string;
/** Name of the global on window. */
declare const GLOBAL: string;
/** Start of every cookie and storage name but the opt-out cookie's. */
declare const PREFIX: string;
/** Opt-out cookie; the collector reads it as well. "1" is out, "0" is in. */
declare const OPT_OUT: string;
/** Nothing is stored or sent before optIn(). */
declare const OPT_IN: boolean;
/** Honour Global Privacy Control and Do Not Track. */
declare const GPC: boolean;
/** Nothing is stored but the visitor's own choice; the collector names visitors. */
declare const COOKIELESS: boolean;
declare const VERSION: string;
/** Whether there is a module beside page views, for which the core has to offer more than that one uses. */
declare const EXTRAS: boolean;

/** Not in every browser: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Temporal/Now */
declare const Temporal: { Now: { timeZoneId(): string } };
