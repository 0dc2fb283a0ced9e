using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Simulation;

/// <summary>The processes of one NF, one after the other: when one dies, the next goes on with what lies in memory.</summary>
internal sealed class SimProcess(Func<NfAttachment> attach, ulong salt, KnownBadLoop knownBad, Action died)
{
    private SimFunction? _function;
    private NfLoop? _loop;
    private CommitRecord? _record;

    public int Step()
    {
        if (_loop is null)
        {
            var attachment = attach();
            _record = new CommitRecord(attachment.Block);
            _function = new SimFunction(salt);
            _function.Initialise(StateDeclaration.Bind(attachment.Block));
            _loop = new NfLoop(_function, attachment, knownBad);
        }

        try
        {
            return _loop.DoWork();
        }
        catch (SimFunction.FunctionDeath)
        {
            _loop = null;
            died();
            return 1;
        }
    }

    public void Kill(int packets)
    {
        // A packet that is suspected already is innocent, but would be taken out.
        if (_record is { Attempt.Deaths: > 0 }) return;
        if (_function is not null && packets > 0) _function.DiesIn = packets - 1;
        else _loop = null;
    }
}
