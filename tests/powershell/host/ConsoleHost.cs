// What the engine needs of a console: lines out, no questions. Nobody sits here, so a question is an error, as with
// `pwsh -NonInteractive`.
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Cadre.PowerShellHost;

internal sealed class ConsoleHost : PSHost
{
    private readonly ConsoleUi ui = new();

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;
    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;
    public override Guid InstanceId { get; } = Guid.NewGuid();
    public override string Name => "ConsoleHost";
    public override PSHostUserInterface UI => ui;
    public override Version Version => new(7, 6, 9);
    public override void EnterNestedPrompt() => throw new PSNotImplementedException("nobody can be asked here");
    public override void ExitNestedPrompt() => throw new PSNotImplementedException("nobody can be asked here");
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }
    public override void SetShouldExit(int exitCode) => Environment.Exit(exitCode);
}

internal sealed class ConsoleUi : PSHostUserInterface
{
    public override PSHostRawUserInterface RawUI { get; } = new RawUi();
    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected;

    public override void Write(string value) => Console.Out.Write(GetOutputString(value, SupportsVirtualTerminal));
    public override void Write(ConsoleColor foreground, ConsoleColor background, string value) => Write(value);
    public override void WriteLine(string value) => Console.Out.WriteLine(GetOutputString(value, SupportsVirtualTerminal));
    public override void WriteErrorLine(string value) => Console.Error.WriteLine(GetOutputString(value, SupportsVirtualTerminal));
    public override void WriteWarningLine(string message) => WriteLine("WARNING: " + message);
    public override void WriteVerboseLine(string message) => WriteLine("VERBOSE: " + message);
    public override void WriteDebugLine(string message) => WriteLine("DEBUG: " + message);
    public override void WriteProgress(long sourceId, ProgressRecord record) { }

    // A person wants the sentence and the place.
    public static string Describe(ErrorRecord error)
    {
        string place = error.InvocationInfo?.PositionMessage ?? "";
        return place.Length > 0 ? $"{error}\n{place}" : error.ToString();
    }

    private static Exception Nobody(string what) =>
        new HostException($"{what}: this session is not interactive, nobody can be asked", null, "NonInteractive", ErrorCategory.InvalidOperation);

    public override string ReadLine() => throw Nobody("a line");
    public override SecureString ReadLineAsSecureString() => throw Nobody("a secret");
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw Nobody(caption);
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw Nobody($"{caption} {message}");
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw Nobody(caption);
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw Nobody(caption);
}

// A screen that is wide and has no cursor: tables are cut where they would be in a log file.
internal sealed class RawUi : PSHostRawUserInterface
{
    private const int Width = 160, Height = 50;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;
    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;
    public override Size BufferSize { get; set; } = new(Width, Height);
    public override Coordinates CursorPosition { get; set; }
    public override int CursorSize { get; set; } = 1;
    public override Size MaxPhysicalWindowSize => new(Width, Height);
    public override Size MaxWindowSize => new(Width, Height);
    public override Size WindowSize { get; set; } = new(Width, Height);
    public override Coordinates WindowPosition { get; set; }
    public override string WindowTitle { get; set; } = "";
    public override bool KeyAvailable => false;
    public override void FlushInputBuffer() { }
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => new BufferCell[0, 0];
    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new HostException("there is no keyboard");
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) { }
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) { }
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) { }
}
