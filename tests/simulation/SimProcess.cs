using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;

namespace Holdfast.Simulation;

/// <summary>The processes of one NF, one after the other: when one dies, the next goes on with what lies in memory.</summary>
internal sealed class SimProcess(Func<NfAttachment> attach, ulong salt, KnownBadLoop knownBad, Action<FaultStep> died)
{
    private static readonly FaultStep[] Steps = [.. Enum.GetValues<FaultStep>().Where(step => step != FaultStep.None)];

    private SimFunction? _function;
    private NfLoop? _loop;
    private CommitRecord? _record;
    private FaultStep _diesAt;

    public int Step()
    {
        FaultPoint.OnReach = _diesAt == FaultStep.None ? null : Reach;
        try
        {
            if (_loop is null)
            {
                var attachment = attach();
                _record = new CommitRecord(attachment.Block);
                _function = new SimFunction(salt);
                _function.Initialise(StateDeclaration.Bind(attachment.Block));
                _loop = new NfLoop(_function, attachment, knownBad);
            }

            return _loop.DoWork();
        }
        catch (SimFunction.FunctionDeath)
        {
            Die(FaultStep.Processed);
            return 1;
        }
        finally
        {
            FaultPoint.OnReach = null;
        }
    }

    /// <summary>It will die: at once, in the middle of a packet, or at a named step of the batch commit, the capture or the
    /// recovery.</summary>
    public void Kill(int when)
    {
        // A packet that is suspected already is innocent, but would be taken out.
        if (_record is { Attempt.Deaths: > 0 } || _diesAt != FaultStep.None) return;
        switch (when % 4)
        {
            case 0:
                _loop = null;
                break;
            case 1 when _function is not null:
                _function.DiesIn = when / 4 % 30;
                break;
            default:
                _diesAt = Steps[when / 4 % Steps.Length];
                break;
        }
    }

    private void Reach(FaultStep step)
    {
        if (step == _diesAt) throw new SimFunction.FunctionDeath();
    }

    private void Die(FaultStep at)
    {
        died(_diesAt == FaultStep.None ? at : _diesAt);
        _diesAt = FaultStep.None;
        _loop = null;
    }
}
