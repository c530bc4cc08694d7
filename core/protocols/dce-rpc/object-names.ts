/** Interfaces of COM objects that queries name; the rest is shown by its UUID. [MS-WMI] 1.9, [MS-DCOM] 1.9, [MS-OAUT] 1.9 */
const OBJECT_INTERFACES: ReadonlyMap<string, string> = new Map([
  ["00000000-0000-0000-c000-000000000046", "IUnknown"],
  ["00020400-0000-0000-c000-000000000046", "IDispatch"],
  ["00020401-0000-0000-c000-000000000046", "ITypeInfo"],
  ["f309ad18-d86a-11d0-a075-00c04fb68820", "IWbemLevel1Login"],
  ["d4781cd6-e5d3-44df-ad94-930efe48a887", "IWbemLoginClientID"],
  ["9f6c78ef-fce5-42fa-abea-3e7df91921dc", "IWbemLoginClientIDEx"],
  ["9556dc99-828c-11cf-a37e-00aa003240c7", "IWbemServices"],
  ["027947e1-d731-11ce-a357-000000000001", "IEnumWbemClassObject"],
  ["1c1c45ee-4395-11d2-b60b-00104b703efd", "IWbemFetchSmartEnum"],
  ["423ec01e-2e35-11d2-b604-00104b703efd", "IWbemWCOSmartEnum"],
  ["2c9273e0-1dc3-11d3-b364-00105a1f8177", "IWbemRefreshingServices"],
]);

export function endpointLabel(iid: string): string {
  return OBJECT_INTERFACES.get(iid) ?? iid;
}
