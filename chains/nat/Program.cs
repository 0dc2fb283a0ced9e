using Holdfast.Chains.Nat;
using Holdfast.NfLib.Host;

return NfHost.Run(args, settings => new Nat(NatSettings.Parse(settings)), NatReport.Write);
