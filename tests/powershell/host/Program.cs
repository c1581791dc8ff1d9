// Runs a script, or a Pester file by way of the runner, in the real PowerShell engine with the stand-ins loaded.
//   host run SCRIPT [ARGUMENTS...]            a script, as `pwsh -NoProfile -NonInteractive -File` would
//   host test FILE|DIRECTORY... [-Filter PATTERN] [-Tag TAG]    Pester files, in the subset of ../README.md
// Exit code: the script's own; for tests 0 when all passed, 1 when one failed or none was found; 64 for wrong usage.
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace Cadre.PowerShellHost;

internal static class Program
{
    private const int Usage = 64;

    private static string SourceDirectory =>
        Path.GetFullPath(Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(one => one.Key == "SourceDirectory").Value!);

    private static int Main(string[] arguments)
    {
        if (arguments.Length >= 2 && arguments[0] == "run")
            return Run(arguments[1], arguments[2..]);
        if (arguments.Length >= 2 && arguments[0] == "test")
            return Run(Path.Combine(SourceDirectory, "pester", "Invoke.ps1"), arguments[1..]);
        Console.Error.WriteLine("usage: run SCRIPT [ARGUMENTS...] | test FILE|DIRECTORY... [-Filter PATTERN] [-Tag TAG]");
        return Usage;
    }

    private static int Run(string script, string[] arguments)
    {
        string file = Path.GetFullPath(script);
        // For tests of the runner: they start this program on files of their own.
        Environment.SetEnvironmentVariable("CADRE_POWERSHELL_HOST", Assembly.GetExecutingAssembly().Location);
        if (!File.Exists(file))
        {
            Console.Error.WriteLine($"there is no script {file}");
            return Usage;
        }
        var host = new ConsoleHost();
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        runspace.Open();
        Runspace.DefaultRunspace = runspace;  // script blocks that .NET calls back find their engine
        try
        {
            Prepare(runspace);
            return Invoke(runspace, file, arguments);
        }
        catch (RuntimeException error)
        {
            host.UI.WriteErrorLine(ConsoleUi.Describe(error.ErrorRecord));
            return 1;
        }
    }

    // What pwsh has from its own modules comes from the stand-ins here.
    private static void Prepare(Runspace runspace)
    {
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", Path.Combine(SourceDirectory, "standins", "StandIns.psm1"))
            .AddParameter("Global").AddParameter("DisableNameChecking").Invoke();
        foreach (ErrorRecord error in shell.Streams.Error)
            throw new RuntimeException("the stand-ins cannot be loaded: " + ConsoleUi.Describe(error));
    }

    // The script's last `exit N`, or else the code of the last program that it ran: scripts for this host end with `exit`.
    // Objects and errors in the order in which they come, through the engine's own formatting.
    private static int Invoke(Runspace runspace, string file, string[] arguments)
    {
        using var shell = PowerShell.Create(runspace);
        var script = new Command(file, isScript: false, useLocalScope: false);
        AddArguments(script, arguments);
        script.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.Commands.AddCommand(script);
        shell.AddCommand("Out-Default");
        shell.Invoke();
        return runspace.SessionStateProxy.GetVariable("LASTEXITCODE") is int code ? code : 0;
    }

    // As pwsh -File does: -Name is a parameter's name, what follows is its value, everything else stands for itself.
    private static void AddArguments(Command script, string[] arguments)
    {
        for (int at = 0; at < arguments.Length; ++at)
        {
            string word = arguments[at];
            string name = word.TrimStart('-');  // --name too: what hands are used to
            bool named = word.Length - name.Length is 1 or 2 && name.Length > 0 && char.IsLetter(name[0]);
            if (!named) { script.Parameters.Add(null, word); continue; }
            bool valueFollows = at + 1 < arguments.Length && !arguments[at + 1].StartsWith('-');
            script.Parameters.Add(name, valueFollows ? arguments[++at] : true);
        }
    }
}
