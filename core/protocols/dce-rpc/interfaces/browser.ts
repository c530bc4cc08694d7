import { forAll, operations, serverFirst } from "./interface.ts";

/** Browser service: which servers there are. [MS-BRWSA] */
export const browser = {
  uuid: "6bffd098-a112-3610-9833-012892020162",
  name: "browser",
  pipes: ["browser"],
  operations: operations(`
    BrowserrServerEnum BrowserrDebugCall BrowserrQueryOtherDomains BrowserrResetNetlogonState BrowserrDebugTrace
    BrowserrQueryStatistics BrowserrResetStatistics NetrBrowserStatisticsClear NetrBrowserStatisticsGet
    BrowserrSetNetlogonState BrowserrQueryEmulatedDomains BrowserrServerEnumEx`),
  requests: forAll([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], serverFirst),
} as const;
