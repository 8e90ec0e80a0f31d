/**
 * Where visitors come from, as a table: the first row that fits gives the channel. A row fits when every pattern it
 * has is found: in the medium or source of the campaign, in the click id's name, in the host of the referrer.
 */
export interface Rule {
  channel_: string;
  /** utm_medium */
  medium_?: RegExp;
  /** utm_source, or else the referrer's host */
  source_?: RegExp;
  /** name of the click id in the address */
  click_?: RegExp;
}

const SEARCH = /google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|qwant|startpage|naver|brave|seznam/i;
const SOCIAL = /facebook|fb\.|instagram|linkedin|lnkd|twitter|^t\.co|^x\.com|reddit|pinterest|tiktok|snapchat|threads|mastodon|bsky|weibo|vk\.com/i;

export const RULES: Rule[] = [
  { channel_: "email", medium_: /^e-?mail|newsletter/i },
  { channel_: "affiliate", medium_: /affiliat/i },
  { channel_: "display", medium_: /display|banner|cpm/i },
  { channel_: "paid social", medium_: /cpc|ppc|paid/i, source_: SOCIAL },
  { channel_: "paid search", medium_: /cpc|ppc|paid/i },
  { channel_: "paid search", click_: /gclid|gbraid|wbraid|msclkid|yclid/ },
  { channel_: "paid social", click_: /ttclid|twclid|li_fat_id/ },
  { channel_: "ai", source_: /chatgpt|openai|perplexity|claude\.ai|gemini\.google|copilot/i },
  { channel_: "email", source_: /mail\./ },
  { channel_: "video", source_: /youtu|vimeo|twitch|dailymotion/i },
  { channel_: "social", source_: SOCIAL },
  { channel_: "social", click_: /fbclid/ },
  { channel_: "search", source_: SEARCH },
  { channel_: "campaign", medium_: /./ },
  { channel_: "referral", source_: /./ },
  { channel_: "campaign" },
];
