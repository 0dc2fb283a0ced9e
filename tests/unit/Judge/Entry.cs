using Holdfast.Journal;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>An entry of a journal, before it is written, so that a test can spoil it.</summary>
internal abstract record Entry
{
    public abstract void Write(JournalWriter journal);
}

internal sealed record NodeEntry(string Name, int ProcessId) : Entry
{
    public override void Write(JournalWriter journal) => journal.Node(Name, ProcessId);
}

internal sealed record OfferedEntry(ushort Node, Direction Direction, ulong Tag, byte[] Frame) : Entry
{
    public override void Write(JournalWriter journal) => journal.Offered(Node, Direction, Tag, Frame);
}

internal sealed record AcceptedEntry(ushort Node, Direction Direction, WireRecord Record) : Entry
{
    public override void Write(JournalWriter journal) => journal.Accepted(Node, Direction, Record);
}

internal sealed record OutEntry(ushort Node, Direction Direction, ulong Clock, uint Term, byte[] Frame) : Entry
{
    public override void Write(JournalWriter journal) => journal.CameOut(Node, Direction, Clock, Term, 0, Frame);
}

internal sealed record AnnouncedEntry(ushort Node, Announcement Announcement) : Entry
{
    public override void Write(JournalWriter journal) => journal.Announced(Node, Announcement);
}

internal sealed record UnjournaledEntry : Entry
{
    public override void Write(JournalWriter journal) => journal.Unjournaled();
}
