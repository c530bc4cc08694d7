/** COM classes that are known for remote execution or management. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["49b2791a-b1ae-4c90-9b8e-e860ba07f889", "MMC20.Application"],
  ["9ba05972-f6a8-11cf-a442-00a0c90a8f39", "ShellWindows"],
  ["c08afd90-f2a1-11d1-8455-00a0c91f3880", "ShellBrowserWindow"],
  ["00024500-0000-0000-c000-000000000046", "Excel.Application"],
  ["000209ff-0000-0000-c000-000000000046", "Word.Application"],
  ["91493441-5a91-11cf-8700-00aa0060263b", "PowerPoint.Application"],
  ["0006f03a-0000-0000-c000-000000000046", "Outlook.Application"],
  ["00021a20-0000-0000-c000-000000000046", "Visio.InvisibleApp"],
  ["0002df01-0000-0000-c000-000000000046", "InternetExplorer.Application"],
  ["72c24dd5-d70a-438b-8a42-98424b88afb8", "WScript.Shell"],
  ["13709620-c279-11ce-a49e-444553540000", "Shell.Application"],
  ["8bc3f05e-d86b-11d0-a075-00c04fb68820", "WMI (WbemLevel1Login)"],
  ["674b6698-ee92-11d0-ad71-00c04fd8fdff", "IWbemContext"],
  ["0f87369f-a4e5-4cfc-bd3e-73e6154572dd", "TaskScheduler"],
  ["4991d34b-80a1-4291-83b6-3328366b9097", "BITS"],
  ["7d1933cb-86f6-4a98-8628-01be94c9a575", "Virtual Disk Service"],
  ["e579ab5f-1cc4-44b4-bed9-de0991ff0623", "Volume Shadow Copy coordinator"],
  ["0b5a2c52-3eb9-470a-96e2-6c6d4570e40f", "Volume Shadow Copy management"],
  ["d99e6e74-fc88-11d0-b498-00a0c90312f3", "Certificate Authority request"],
  ["03837521-098b-11d8-9414-505054503030", "Performance logs (DataCollectorSet)"],
]);

/** What a COM class is called; its UUID where it is not known. */
export function className(classId: string): string {
  return CLASSES.get(classId) ?? classId;
}
